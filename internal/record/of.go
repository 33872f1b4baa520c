package record

import (
	"errors"
	"strings"

	"seam/ethosu"
	"seam/internal/pipeline"
	"seam/model"
	"seam/quant"
)

// notListed is the reason that recordings leave out where a placeholder or an output got it.
const notListed = "Not included in BaseTOSASupportList or a registered tosa_support_check"

// maxRange is the number of entries above which min_val and max_val are left out.
const maxRange = 4096

// Of is a run of seam as a recording. The configuration is called name, or as the scripts would call it if name is "".
func Of(res *pipeline.Result, name, version string) *Recording {
	cfg, edits := configOf(res.Config, name)
	r := &Recording{
		Config: cfg, Versions: versionsOf(res.Config.Release), OK: true,
		Seam: &Origin{Version: version, Edits: string(edits), Shapes: res.Config.Shapes},
	}
	if res.Data != nil && res.Data.Synthetic {
		r.Seam.Data = "synthetic"
	}
	r.quantized(res)
	if res.Edge != nil {
		r.Edge = edgeNodes(res.Edge.Graph, res.Part)
		r.Subgraphs = subgraphs("", res.Edge.Graph, res.Part)
	}
	if p := res.Part; p != nil {
		r.Rejections, r.Tags = rejections(res.Edge.Graph, p), tags(p)
		r.SubCalls = subCalls(res.Edge.Graph, p)
		r.Lowered = Lower(r.Edge, constants(res.Edge.Graph))
		for _, n := range r.Lowered {
			if n.Target == callDelegate {
				r.Delegates++
			}
		}
	}
	r.outcome(res)
	return r
}

// versionsOf is the releases that go with a pack.
func versionsOf(release string) Versions {
	if strings.HasPrefix(release, "1.3.") {
		return Versions{release, "2.12.0", "0.17.0"}
	}
	return Versions{release, "2.13.0", "0.18.0"}
}

// steps names the step of the recordings that makes each stage.
var steps = [pipeline.NumStages]string{"prepare", "prepare", "calibrate", "convert", "reexport", "lower", "lower"}

// outcome says whether the run got to the end, and if not, whose limit that was.
func (r *Recording) outcome(res *pipeline.Result) {
	var up *model.UpstreamError
	var miss *model.MissingError
	switch {
	case res.Failed == nil && res.Part != nil:
		return
	case errors.As(res.Failed, &up):
		r.OK, r.FailedIn, r.Error = false, up.Step, up.Text
		return
	case errors.As(res.Failed, &miss):
		r.FailedIn, r.Error = miss.Stage, miss.Error()
		r.NotModelled = []Missing{missing(miss.NotModelled)}
	case res.Failed != nil:
		r.Error = res.Failed.Error()
	}
	r.OK = false
	if r.FailedIn == "" {
		r.FailedIn = steps[min(res.Last()+1, pipeline.Partitioned)]
	}
	r.addMissing(res.Missing)
	if len(r.NotModelled) == 0 {
		r.NotModelled = []Missing{{Rule: r.FailedIn, Nodes: []string{}}}
	}
}

func (r *Recording) addMissing(list []model.NotModelled) {
next:
	for _, m := range list {
		for _, have := range r.NotModelled {
			if have.Operator == m.Operator && have.Rule == m.Rule {
				continue next
			}
		}
		r.NotModelled = append(r.NotModelled, missing(m))
	}
}

func missing(m model.NotModelled) Missing {
	nodes := m.Nodes
	if nodes == nil {
		nodes = []string{}
	}
	return Missing{m.Operator, m.Rule, nodes}
}

func (r *Recording) quantized(res *pipeline.Result) {
	if a := res.Ann; a != nil {
		r.Annotated = annotatedNodes(a)
		r.annotations(a)
		if res.Cal != nil {
			r.QParams = qparamsOf(a, res.Cal)
		}
	}
	if res.Converted != nil {
		r.Converted = convertedNodes(res)
	}
}

// annotations numbers the distinct specs by first use, in the order in which prepare visits the places.
func (r *Recording) annotations(a *quant.Annotation) {
	r.Specs, r.Annotations, r.Groups = []Spec{}, []PlaceSpec{}, []PlaceGroup{}
	index := map[Spec]int{}
	for _, s := range a.Order {
		q, p := a.Specs[s], PlaceSpec{Place: a.PlaceName(s)}
		switch q.Kind {
		case quant.NullSpec:
			p.Null = true
		case quant.Shared:
			p.Shared = a.PlaceName(q.Of)
		default:
			spec := specOf(a, q)
			i, ok := index[spec]
			if !ok {
				i = len(r.Specs)
				index[spec], r.Specs = i, append(r.Specs, spec)
			}
			p.Spec = i
		}
		r.Annotations = append(r.Annotations, p)
		r.Groups = append(r.Groups, PlaceGroup{p.Place, int(a.Of[s])})
	}
}

func specOf(a *quant.Annotation, q quant.QSpec) Spec {
	s := Spec{Kind: q.Kind.String(), Axis: -1, DType: q.DType.String(), Min: q.Min, Max: q.Max, Scheme: q.Scheme.String()}
	switch q.Kind {
	case quant.Observed:
		s.Observer, s.Axis = q.Observer.String(), int(q.Axis)
		s.Eps, s.HasEps = float64(q.Eps), q.Eps != 0
	case quant.Derived:
		s.Axis = int(q.Axis)
		s.From = [2]string{a.PlaceName(q.From[0]), a.PlaceName(q.From[1])}
	case quant.Fixed:
		s.Scale, s.ZeroPoint = q.Fixed.Scale, q.Fixed.Zero
	}
	return s
}

// qparamsOf is the answers of the groups in order. Groups of null places have none, nor have those that seam cannot evaluate.
func qparamsOf(a *quant.Annotation, c *quant.Calibration) []QParams {
	out := []QParams{}
	for g, stat := range c.Groups {
		spec := a.Groups[g].Spec
		if spec.Kind == quant.NullSpec || stat.Unknown {
			continue
		}
		q := QParams{Group: g, Error: stat.Err, Observer: observerOf(spec), Scale: []float64{}, ZeroPoint: []int64{}}
		for _, p := range stat.Params {
			q.Scale, q.ZeroPoint = append(q.Scale, p.Scale), append(q.ZeroPoint, p.Zero)
		}
		if spec.Kind == quant.Observed && len(stat.Min) <= maxRange {
			q.MinVal, q.MaxVal = widen(stat.Min), widen(stat.Max)
		}
		out = append(out, q)
	}
	return out
}

func observerOf(q quant.QSpec) string {
	switch q.Kind {
	case quant.Fixed:
		return quant.FixedQParamsObserver.String()
	case quant.Derived:
		return quant.DerivedObserver.String()
	}
	return q.Observer.String()
}

func widen(v []float32) []float64 {
	if v == nil {
		return nil
	}
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}

// tags is the tags in numeric order, as texts.
func tags(p *ethosu.Partitioning) []string {
	out := []string{}
	for _, t := range p.Tags {
		out = append(out, tagText(int32(t)))
	}
	return out
}

// rejections is the first reason of every node, in the order in which they were given: bodies come before the graph around them.
func rejections(g *model.Graph, p *ethosu.Partitioning) []Rejection {
	return addRejections([]Rejection{}, "", g, p)
}

func addRejections(out []Rejection, body string, g *model.Graph, p *ethosu.Partitioning) []Rejection {
	prefix := ""
	if body != "" {
		prefix = body + "."
	}
	for _, s := range p.Subs {
		out = addRejections(out, prefix+s.Name, s.Graph, s.Partitioning)
	}
	if body != "" {
		prefix = body + "/"
	}
	for _, r := range p.Rejected {
		n := g.Node(r.Node)
		if !r.First || r.Text == notListed && (n.Kind == model.Placeholder || n.Kind == model.Output) {
			continue
		}
		out = append(out, Rejection{prefix + n.Name, r.Text})
	}
	return out
}

// subCalls is how many delegates the bodies call. Upstream lowers the branches of cond, unless a delegate holds the cond itself,
// and never the bodies of while_loop, whatever tags they have.
//
//	source  exir/backend/backend_api.py: _partition_and_lower; exir/graph_module.py: get_control_flow_submodules
func subCalls(g *model.Graph, p *ethosu.Partitioning) int {
	calls := 0
	for i := range g.Len() {
		n := g.Node(model.NodeID(i))
		if n.Target != "higher_order.cond" || p.TagOf[i] >= 0 {
			continue
		}
		for _, a := range []model.Arg{n.Arg(1), n.Arg(2)} {
			if a.Kind != model.ArgNode {
				continue
			}
			if s := p.Sub(g.Node(a.Node).Target); s != nil {
				calls += len(s.Parts) + subCalls(s.Graph, s.Partitioning)
			}
		}
	}
	return calls
}

// constants is the placeholders of an edge graph that are not the caller's.
func constants(g *model.Graph) map[string]bool {
	out := map[string]bool{}
	for name, kind := range g.Inputs {
		out[name] = kind == model.ParamInput || kind == model.BufferInput || kind == model.ConstInput
	}
	return out
}
