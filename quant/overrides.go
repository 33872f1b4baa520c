package quant

import (
	"encoding/json"
	"fmt"
	"strings"

	"seam/model"
)

// Override is one setting of what the quantizer's finders find, and what that gets. One of the first four says what it covers.
type Override struct {
	Type   string // the modules of a class: "torch.nn.modules.linear.Linear"
	Name   string // a module by its dotted path
	Node   string // a node by name
	Target string // the calls of an operator: "aten.add.Tensor"
	None   bool   // they stay as they are
	Args   Args
}

// ParseOverrides reads settings from JSON, in the order in which they are made: a list of objects that hold "module_name",
// "module_type", "node_name" or "node_target", and "quant", which is null or a quantization config. "" is none.
//
//	source  backends/arm/quantizer/arm_quantizer.py: TOSAQuantizer.set_module_type, set_module_name, set_node_name, set_node_target
func ParseOverrides(text string) ([]Override, error) {
	if text == "" {
		return nil, nil
	}
	var list []struct {
		Type   string          `json:"module_type"`
		Name   string          `json:"module_name"`
		Node   string          `json:"node_name"`
		Target string          `json:"node_target"`
		Quant  json.RawMessage `json:"quant"`
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("read quantizer settings: %w", err)
	}
	out := make([]Override, len(list))
	for i, x := range list {
		o := Override{Type: x.Type, Name: x.Name, Node: x.Node, Target: x.Target}
		if n := len(strings.Join([]string{o.Type, o.Name, o.Node, o.Target}, "")); n == 0 {
			return nil, fmt.Errorf("read quantizer settings: setting %d names no module, class, node or operator", i+1)
		}
		if o.None = len(x.Quant) == 0 || string(x.Quant) == "null"; !o.None {
			var err error
			if o.Args, err = ParseArgs(x.Quant); err != nil {
				return nil, fmt.Errorf("read quantizer settings: %w", err)
			}
		}
		out[i] = o
	}
	return out, nil
}

// overrides is the settings of the configuration.
//
//	errors  an UpstreamError where the legacy annotator is to find single nodes
func (c Config) overrides() ([]Override, error) {
	list, err := ParseOverrides(c.Overrides)
	for _, o := range list {
		symbol := "set_node_name"
		if o.Target != "" {
			symbol = "set_node_target"
		}
		if c.Annotator == Legacy && o.Node+o.Target != "" {
			return nil, &model.UpstreamError{Step: "prepare", Text: fmt.Sprintf("NotImplementedError: %s is only supported in the "+
				"composable quantizer implementation.", symbol)}
		}
	}
	return list, err
}

// ParseArgs reads a quantization config from JSON: "scheme", and the arguments of upstream's function by name. Those left out
// are that function's defaults.
func ParseArgs(raw []byte) (Args, error) {
	var q struct {
		Scheme     string   `json:"scheme"`
		PerChannel *bool    `json:"is_per_channel"`
		QAT        *bool    `json:"is_qat"`
		Dynamic    *bool    `json:"is_dynamic"`
		ActMin     *int64   `json:"act_qmin"`
		ActMax     *int64   `json:"act_qmax"`
		WMin       *int64   `json:"weight_qmin"`
		WMax       *int64   `json:"weight_qmax"`
		Eps        *float64 `json:"eps"`
		Epsilon    *float64 `json:"epsilon"`
	}
	if err := json.Unmarshal(raw, &q); err != nil {
		return Args{}, fmt.Errorf("read a quantization config: %w", err)
	}
	p, ok := ParsePreset(q.Scheme)
	if !ok {
		return Args{}, fmt.Errorf("scheme %q is not known", q.Scheme)
	}
	a := PresetArgs(p, true)
	for _, f := range []struct {
		to   *int64
		from *int64
	}{{&a.ActMin, q.ActMin}, {&a.ActMax, q.ActMax}, {&a.WMin, q.WMin}, {&a.WMax, q.WMax}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	for _, f := range []struct {
		to   *bool
		from *bool
	}{{&a.PerChannel, q.PerChannel}, {&a.QAT, q.QAT}, {&a.Dynamic, q.Dynamic}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	for _, e := range []*float64{q.Eps, q.Epsilon} {
		if e != nil {
			a.Eps = float32(*e)
		}
	}
	return a, nil
}

// Covers says whether the setting is for node n.
//
//	source  backends/arm/quantizer/arm_quantizer_utils.py: get_module_name_filter, get_module_type_filter;
//	        backends/cortex_m/quantizer/node_finders.py: NodeNameNodeFinder, NodeTargetNodeFinder
func (o Override) Covers(n *model.Node) bool {
	switch {
	case o.Node != "":
		return n.Name == o.Node
	case o.Target != "":
		return n.Kind == model.Call && n.Target == o.Target
	case n.Meta == nil:
		return false
	}
	for _, f := range n.Meta.Modules {
		if o.Type != "" && f.Type == o.Type || o.Name != "" && strings.TrimPrefix(f.Path, "L['self'].") == o.Name {
			return true
		}
	}
	return false
}
