package snapshot

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"seam/ethosu"
	"seam/internal/pipeline"
	"seam/model"
	"seam/quant"
)

// New is the snapshot of a run, with the explanations that go into it. version is that of the program.
func New(res *pipeline.Result, version string, why []model.Explanation) *Doc {
	d := &Doc{
		Schema: Schema, SchemaVersion: SchemaVersion, Tool: Tool{"seam", version}, Target: res.Config.Target,
		Pack:   Pack{res.Config.Release, res.Config.Annotator.String(), edits(res.Config.Edits)},
		Config: config(res), Failed: failure(res.Failed),
		Nodes: []Node{}, Groups: []Group{}, Delegates: []Delegate{}, Boundaries: []Boundary{}, Causes: []Cause{},
		Findings: []Finding{}, NotModelled: []NotModelled{}, Stages: []string{},
	}
	d.Model = Model{filepath.Base(res.Model.Path), res.Model.SHA256, res.Traced.Len()}
	for s := range pipeline.NumStages {
		if res.Reached(s) {
			d.Stages = append(d.Stages, s.String())
		}
	}
	for _, m := range res.Missing {
		d.NotModelled = append(d.NotModelled, NotModelled{m.Stage, m.Operator, m.Rule, append([]string{}, m.Nodes...)})
	}
	d.nodes(res)
	d.groups(res)
	d.layout(res)
	for i, w := range why {
		d.Causes = append(d.Causes, cause(i+1, w))
	}
	d.findings(res)
	d.hidePaths(res)
	return d
}

// WriteJSON writes the document.
func (d *Doc) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(d)
}

func ints(nodes []model.NodeID) []int {
	var out []int
	for _, n := range nodes {
		out = append(out, int(n))
	}
	return out
}

// edits is the changed entries, one row a family.
func edits(e quant.Edits) []Edit {
	var out []Edit
	for _, x := range e.List() {
		rule := "family." + x.Family
		i := slices.IndexFunc(out, func(r Edit) bool { return r.Rule == rule })
		if i < 0 {
			i, out = len(out), append(out, Edit{Rule: rule})
		}
		if x.On {
			out[i].Add = append(out[i].Add, x.Op)
		} else {
			out[i].Remove = append(out[i].Remove, x.Op)
		}
	}
	return out
}

func config(res *pipeline.Result) Config {
	c := Config{
		Quant: res.Config.Args.Preset.String(), PerChannel: res.Config.Args.PerChannel, IO: res.Config.HasIO,
		Static: res.Config.Static, Data: "calibration", Overrides: res.Config.Overrides,
	}
	for _, s := range res.Config.WhatIf() {
		if _, err := quant.ParseEdit(s); err != nil || strings.HasPrefix(s, "check:") || strings.HasPrefix(s, "node:") {
			c.WhatIf = append(c.WhatIf, s) // edits of lists are the pack's
		}
	}
	if res.Data == nil || res.Data.Synthetic {
		c.Data = "synthetic"
	}
	for _, b := range res.Bindings {
		c.Sizes = append(c.Sizes, Size{b.Symbol, b.Size, b.Origin})
	}
	return c
}

func failure(err error) *Failure {
	if err == nil {
		return nil
	}
	var up *model.UpstreamError
	return &Failure{errors.As(err, &up), err.Error()}
}

func (d *Doc) groups(res *pipeline.Result) {
	if res.Ann == nil {
		return
	}
	for _, g := range res.Ann.Groups {
		x := Group{ID: int(g.ID), Kind: groupKind(g), Anchor: res.Ann.PlaceName(g.Root), Origin: Simulated}
		for _, m := range g.Members {
			x.Members = append(x.Members, res.Ann.PlaceName(m))
		}
		if res.Cal != nil && res.Cal.Groups[g.ID].Unknown {
			x.Origin = Unknown
		}
		if p := res.Cal.Param(g.ID); len(p) == 1 {
			x.Scale, x.ZeroPoint = &p[0].Scale, &p[0].Zero
		}
		if len(g.Members) > 1 {
			x.Won, x.Lost = contest(res.Ann, g)
		}
		d.Groups = append(d.Groups, x)
	}
	d.Summary.Groups = len(d.Groups)
}

func groupKind(g quant.SharingGroup) string {
	switch {
	case g.Spec.Kind != quant.Observed:
		return g.Spec.Kind.String()
	case len(g.Members) > 1:
		return "shared"
	}
	return "independent"
}

// layout fills in delegates, boundaries and the summary of a run that was partitioned.
func (d *Doc) layout(res *pipeline.Result) {
	if res.Part == nil || res.Layout == nil {
		return
	}
	g := res.Edge.Graph
	symbols := g.SymbolTexts()
	for i, p := range res.Part.Parts {
		d.Delegates = append(d.Delegates, Delegate{
			fmt.Sprintf("D%d", i+1), fmt.Sprintf("tag%d", p.Tag), ints(p.Nodes),
			p.Bytes, p.MACs, crossing(g, p.Inputs), crossing(g, p.Outputs),
		})
	}
	for _, b := range res.Layout.Boundaries {
		x := Boundary{fmt.Sprintf("B%d", b.ID), placeText(b.From, "input"), placeText(b.To, "output"), b.Bytes, []Tensor{}}
		for _, n := range b.Tensors {
			t := Tensor{Node: int(n), Name: g.Node(n).Name, Type: typeText(g.Node(n).Type, symbols), Bytes: ethosu.Bytes(g.Node(n).Type)}
			if g.Node(n).Type.IsTensor() {
				t.DType = g.Node(n).Type.T.DType.String()
			}
			x.Tensors = append(x.Tensors, t)
		}
		d.Boundaries = append(d.Boundaries, x)
	}
	s := &d.Summary
	s.Delegates, s.Stranded, s.OnNPU = len(d.Delegates), len(res.Layout.Stranded), res.Layout.OnNPU
	s.Boundaries, s.BoundaryBytes = len(d.Boundaries), res.Layout.Bytes
	if all := s.OnNPU + s.Stranded; all > 0 {
		s.DelegatedPercent = math.Round(10000*float64(s.OnNPU)/float64(all)) / 100
	}
}

// placeText is where a boundary's side runs: a delegate, an island on the CPU, or outside, which has the name given.
func placeText(p pipeline.Placement, outside string) string {
	if p.Index < 0 {
		return outside
	}
	return p.String()
}

func typeText(t model.Type, symbols []string) string {
	switch t.Kind {
	case model.TensorKind:
		return t.T.Format(symbols)
	case model.ListKind:
		var out []string
		for _, e := range t.List {
			out = append(out, e.Format(symbols))
		}
		return strings.Join(out, " ")
	}
	return t.Text
}

func cause(id int, w model.Explanation) Cause {
	c := Cause{ID: fmt.Sprintf("C%d", id), Of: w.About.Name, Verdict: w.Verdict, Steps: []Step{}}
	for _, s := range w.Steps {
		x := Step{s.Stage, s.Rule.ID, s.Rule.File, s.Rule.Symbol, s.OK, s.Text, nil, Simulated}
		if s.Stage == pipeline.Traced.String() {
			x.Origin = Recorded
		}
		for _, r := range s.Refs {
			x.Nodes = append(x.Nodes, r.Name)
		}
		c.Steps = append(c.Steps, x)
	}
	for _, f := range w.Fixes {
		c.Fixes = append(c.Fixes, Fix{f.Edit, f.Text, f.Delegates, f.Cost, f.Computed})
	}
	return c
}
