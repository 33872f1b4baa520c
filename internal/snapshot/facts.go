package snapshot

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"seam/ethosu"
	"seam/internal/pipeline"
	"seam/model"
	"seam/quant"
)

// findings lists what keeps operators on the CPU, each tied to the chain that explains one of its nodes, and what the lowering of the
// delegates loses.
func (d *Doc) findings(res *pipeline.Result) {
	for _, f := range res.AllFindings() {
		x := Finding{
			ID: f.ID, Severity: f.Severity, Text: f.Text, Count: f.Count, Nodes: ints(f.Nodes), Rule: f.Rule.ID, Family: f.Family,
			Ops: f.Ops, Bytes: f.Bytes,
		}
		for _, b := range f.Boundaries {
			x.Boundaries = append(x.Boundaries, fmt.Sprintf("B%d", b))
		}
		for _, c := range d.Causes {
			if x.Cause == "" && slices.ContainsFunc(f.Nodes, func(n model.NodeID) bool { return d.Nodes[n].Name == c.Of }) {
				x.Cause = c.ID
			}
		}
		d.Findings = append(d.Findings, x)
	}
}

// crossing is the bytes of the values that cross a delegate's edge in one direction.
func crossing(g *model.Graph, values []model.NodeID) int64 {
	sum := int64(0)
	for _, n := range values {
		sum += ethosu.Bytes(g.Node(n).Type)
	}
	return sum
}

// contest is the place whose spec all members of a group have, and the members whose own, different spec does not count.
func contest(a *quant.Annotation, g quant.SharingGroup) (won string, lost []string) {
	s := g.Root
	for range len(a.Specs) { // shared specs may name each other
		if a.Spec(s).Kind != quant.Shared {
			break
		}
		s = a.Spec(s).Of
	}
	for _, m := range g.Members {
		own := a.Spec(m)
		if m != s && own.Kind != quant.Shared && own.Kind != quant.NoSpec && own != g.Spec {
			lost = append(lost, a.PlaceName(m))
		}
	}
	return a.PlaceName(s), lost
}

// AddLosses fills in what sharing costs.
//
//	losses  bits by quant.Slot, as pipeline's Runner.Losses gives them
func (d *Doc) AddLosses(res *pipeline.Result, losses []float64) {
	if res.Ann == nil || len(losses) == 0 {
		return
	}
	for i, g := range res.Ann.Groups {
		if len(g.Members) < 2 || g.Spec.Kind != quant.Observed {
			continue
		}
		worst, bits := 0.0, make([]float64, len(g.Members))
		for j, s := range g.Members {
			bits[j] = math.Round(1000*losses[s]) / 1000
			worst = max(worst, bits[j])
		}
		d.Groups[i].BitsLost = &worst
		if worst > 0 {
			d.Groups[i].Bits = bits
		}
	}
}

// hidePaths cuts the paths of source files and of the model in texts that were written elsewhere.
func (d *Doc) hidePaths(res *pipeline.Result) {
	pairs := []string{}
	seen := map[string]bool{}
	add := func(path string) {
		if short := relative(path); short != path && !seen[path] {
			seen[path] = true
			pairs = append(pairs, path, short)
		}
	}
	for i := range res.Traced.Len() {
		if m := res.Traced.Node(model.NodeID(i)).Meta; m != nil {
			add(m.Loc.File)
		}
	}
	add(res.Model.Path)
	if len(pairs) == 0 {
		return
	}
	r := strings.NewReplacer(pairs...)
	for i := range d.Causes {
		c := &d.Causes[i]
		c.Verdict = r.Replace(c.Verdict)
		for j := range c.Steps {
			c.Steps[j].Text = r.Replace(c.Steps[j].Text)
		}
		for j := range c.Fixes {
			c.Fixes[j].Text = r.Replace(c.Fixes[j].Text)
		}
	}
	for i := range d.Findings {
		d.Findings[i].Text = r.Replace(d.Findings[i].Text)
	}
	if d.Failed != nil {
		d.Failed.Text = r.Replace(d.Failed.Text)
	}
}

// relative is a path that tells nothing of a machine: an absolute one is cut to its last element.
func relative(path string) string {
	path = filepath.ToSlash(path)
	if strings.HasPrefix(path, "/") || len(path) > 1 && path[1] == ':' {
		return path[strings.LastIndexByte(path, '/')+1:]
	}
	return path
}
