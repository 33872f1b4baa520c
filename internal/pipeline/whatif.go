package pipeline

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"seam/ethosu"
	"seam/model"
	"seam/quant"
)

// changeForms is how a change is written.
const changeForms = `want FAMILY:OVERLOAD=on|off, check:RULE=on|off, node:NAME=cpu|npu|float|int8|a16w8|a8w4|auto, ` +
	`module:PATH=float|..., type:CLASS=float|..., op:OVERLOAD=float|..., target=NAME, pack=RELEASE, annotator=legacy|composable, quant=int8|a16w8|a8w4, per-channel=on|off, io=on|off or static=on|off`

// With is the configuration after a change, written as
//
//	FAMILY:OVERLOAD=on|off   an entry of an annotator's list
//	check:RULE=on|off        a support check
//	node:NAME=cpu|npu        an operator by its annotated or edge name: refused, or refused by no check
//	node:NAME=float|PRESET   a node without quantization config, or with one of its own, as upstream's set_node_name gives it
//	module:PATH=, type:CLASS=, op:OVERLOAD=
//	                         likewise a module, the modules of a class, the calls of an operator (set_module_name, set_module_type,
//	                         set_node_target)
//	node:, module:, type:, op: =auto
//	                         takes it back
//	target=, pack=, annotator=, quant=, per-channel=, io=, static=
//
//	errors  a change of another form, or of what does not exist
func (c Config) With(change string) (Config, error) {
	key, val, ok := strings.Cut(change, "=")
	kind, name, colon := strings.Cut(key, ":")
	switch {
	case change == "--static":
		return c.withOption("static", "on")
	case !ok || val == "" || colon && name == "":
		return c, fmt.Errorf("change %q: %s", change, changeForms)
	case !colon:
		return c.withOption(key, val)
	}
	var err error
	switch kind {
	case "check":
		c.Checks, err = withCheck(c.Checks, name, val)
	case "node":
		c, err = c.withNode(name, val)
	case "module", "type", "op":
		c.Overrides, err = withSetting(c.Overrides, settingKeys[kind], name, val, c.Args.PerChannel)
	default:
		return c.withEdit(change)
	}
	if err != nil {
		return c, fmt.Errorf("change %q: %w", change, err)
	}
	return c, nil
}

func (c Config) withEdit(change string) (Config, error) {
	e, err := quant.ParseEdit(change)
	if err != nil {
		return c, fmt.Errorf("change %q: %s", change, changeForms)
	}
	with := c
	with.Edits = c.Edits.With(e)
	if _, err := quant.LoadRules(c.Release, c.Annotator, with.Edits); err != nil {
		return c, fmt.Errorf("change %q: %w", change, err)
	}
	return with, nil
}

// withOption sets an option that upstream has too.
func (c Config) withOption(key, val string) (Config, error) {
	var err error
	switch key {
	case "target":
		var t ethosu.Target
		if t, err = ethosu.ParseTarget(val); err == nil {
			c.Target = t.Name
		}
	case "pack":
		c.Release, err = ParsePack(val)
	case "annotator":
		c.Annotator, err = parseAnnotator(val)
	case "quant":
		p, ok := quant.ParsePreset(val)
		if !ok || p == quant.UInt8IO {
			err = fmt.Errorf("no preset %q", val)
		}
		c.Args = quant.PresetArgs(p, c.Args.PerChannel)
	case "per-channel":
		c.Args.PerChannel, err = onOff(val)
	case "static":
		c.Static, err = onOff(val)
	case "io":
		if c.HasIO, err = onOff(val); c.HasIO {
			c.IO, c.NoIO = c.Args, false
		}
	default:
		err = fmt.Errorf("no option %q: %s", key, changeForms)
	}
	if err != nil {
		return c, fmt.Errorf("change %s=%s: %w", key, val, err)
	}
	return c, nil
}

func parseAnnotator(name string) (quant.Annotator, error) {
	for _, a := range []quant.Annotator{quant.Composable, quant.Legacy} {
		if a.String() == name {
			return a, nil
		}
	}
	return 0, fmt.Errorf("no annotator %q", name)
}

func onOff(val string) (bool, error) {
	if val != "on" && val != "off" {
		return false, fmt.Errorf("want on or off, not %q", val)
	}
	return val == "on", nil
}

// withCheck switches a support check in the canonical list of those that are off.
func withCheck(list, rule, val string) (string, error) {
	on, err := onOff(val)
	if err != nil {
		return list, err
	}
	if !ethosu.IsCheck(rule) {
		return list, fmt.Errorf("no support check %q", rule)
	}
	all := slices.DeleteFunc(split(list), func(s string) bool { return s == rule })
	if !on {
		all = append(all, rule)
	}
	slices.Sort(all)
	return strings.Join(all, ";"), nil
}

// withNode places an operator by hand, or gives a node a setting.
func (c Config) withNode(name, val string) (Config, error) {
	at := forced(c.Force)
	delete(at, name)
	if val == "cpu" || val == "npu" {
		at[name] = val
		c.Force = joinForce(at)
		return c, nil
	}
	var err error
	if c.Overrides, err = withSetting(c.Overrides, "node_name", name, val, c.Args.PerChannel); err != nil {
		return c, fmt.Errorf("want cpu, npu, auto, float or a preset, not %q", val)
	}
	if val == "auto" {
		c.Force = joinForce(at)
	}
	return c, nil
}

func joinForce(at map[string]string) string {
	var out []string
	for _, n := range slices.Sorted(maps.Keys(at)) {
		out = append(out, n+"="+at[n])
	}
	return strings.Join(out, ";")
}

// settingKeys is what the recordings call the settings that changes name shortly.
var settingKeys = map[string]string{"module": "module_name", "type": "module_type", "op": "node_target"}

// withSetting makes a setting of the quantizer the last one; it takes the place of an earlier one for the same.
//
//	val  "float" for no quantization config, a preset's name, or "auto" for no setting
func withSetting(overrides, key, name, val string, perChannel bool) (string, error) {
	var list []map[string]json.RawMessage
	if overrides != "" {
		if err := json.Unmarshal([]byte(overrides), &list); err != nil {
			return overrides, fmt.Errorf("read quantizer settings: %w", err)
		}
	}
	quoted, err := json.Marshal(name)
	if err != nil {
		return overrides, fmt.Errorf("write the name of a setting: %w", err)
	}
	list = slices.DeleteFunc(list, func(o map[string]json.RawMessage) bool { return string(o[key]) == string(quoted) })
	config := "null"
	if p, ok := quant.ParsePreset(val); ok && p != quant.UInt8IO {
		config = fmt.Sprintf(`{"is_per_channel":%t,"scheme":%q}`, perChannel, val)
	} else if val != "float" && val != "auto" {
		return overrides, fmt.Errorf("want float, int8, a16w8, a8w4 or auto, not %q", val)
	}
	if val != "auto" {
		list = append(list, map[string]json.RawMessage{key: quoted, "quant": json.RawMessage(config)})
	}
	if len(list) == 0 {
		return "", nil
	}
	b, err := json.Marshal(list)
	return string(b), err
}

// Knows tests that the traced model has what a change names: a module, a class of modules, an operator. Nodes are looked up by the
// run, for their names come with the stages.
//
//	errors  what no traced node is in, or calls
func (r *Runner) Knows(change string) error {
	key, _, _ := strings.Cut(change, "=")
	kind, name, _ := strings.Cut(key, ":")
	var o quant.Override
	switch kind {
	case "module":
		o.Name = name
	case "type":
		o.Type = name
	case "op":
		o.Target = name
	default:
		return nil
	}
	g := r.model.Graph
	for i := range g.Len() {
		if o.Covers(g.Node(model.NodeID(i))) {
			return nil
		}
	}
	return fmt.Errorf("change %q: the model has no %s %q", change, map[string]string{"module": "module", "type": "module of class", "op": "call of"}[kind], name)
}

// Knows tests that a node whose setting changed is in the traced or the annotated graph, where upstream looks for its name.
//
//	errors  a node that is in neither
func (r *Result) Knows(change string) error {
	key, val, _ := strings.Cut(change, "=")
	name, ok := strings.CutPrefix(key, "node:")
	if !ok || val == "cpu" || val == "npu" || val == "auto" {
		return nil
	}
	for _, g := range []*model.Graph{r.Traced, r.Annotatable} {
		if g != nil && g.ByName(name) != model.None {
			return nil
		}
	}
	return fmt.Errorf("change %q: no node %q in the traced or the annotated graph", change, name)
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ";")
}

// forced is where each operator of the list is placed.
func forced(list string) map[string]string {
	out := map[string]string{}
	for _, s := range split(list) {
		name, where, _ := strings.Cut(s, "=")
		out[name] = where
	}
	return out
}

// WhatIf is the changes of the configuration that no release has, as With reads them: entries of an annotator's lists that are not
// as the pack has them, checks that are off and operators placed by hand. A result with any is an answer to a question, not what
// upstream does.
func (c Config) WhatIf() []string {
	var out []string
	views := Families(c)
	for _, e := range c.Edits.List() {
		if !isDefault(views, e) {
			out = append(out, e.String())
		}
	}
	for _, rule := range split(c.Checks) {
		out = append(out, "check:"+rule+"=off")
	}
	for _, s := range split(c.Force) {
		out = append(out, "node:"+s)
	}
	return out
}

// isDefault says whether an edit leaves its entry as the pack has it.
func isDefault(views []quant.FamilyView, e quant.Edit) bool {
	for _, v := range views {
		for _, x := range v.Entries {
			if v.Name == e.Family && x.Op == e.Op {
				return x.Default == e.On
			}
		}
	}
	return !e.On
}

// whatIf is the configuration's changes to the partition stage, on the result's edge graph.
//
//	errors  a name that no node has
func (r *Result) whatIf() (ethosu.WhatIf, error) {
	w := ethosu.WhatIf{Off: split(r.Config.Checks)}
	for _, s := range split(r.Config.Force) {
		name, where, _ := strings.Cut(s, "=")
		nodes := r.operators(name)
		if len(nodes) == 0 {
			return w, fmt.Errorf("node:%s: no operator %q in the annotated graph or the edge graph", s, name)
		}
		if where == "npu" {
			w.Accept = append(w.Accept, nodes...)
		} else {
			w.Refuse = append(w.Refuse, nodes...)
		}
	}
	return w, nil
}

// operators is the edge graph's operators of that name, or of the annotated node of that name; quantize and dequantize left out.
func (r *Result) operators(name string) []model.NodeID {
	operator := func(n model.NodeID) bool {
		x := r.Edge.Graph.Node(n)
		return x.Kind == model.Call && !quant.IsQuantize(x.Target) && !quant.IsDequantize(x.Target)
	}
	var out []model.NodeID
	if n := r.Edge.Graph.ByName(name); n != model.None && operator(n) {
		return []model.NodeID{n}
	}
	g := r.Annotatable
	if g == nil || g.ByName(name) == model.None {
		return nil
	}
	for _, n := range r.Follow(Annotated, g.ByName(name), Edge) {
		if operator(n) {
			out = append(out, n)
		}
	}
	return out
}
