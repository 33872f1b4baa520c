package quant

import (
	"context"
	"slices"

	"seam/model"
	"seam/model/eval"
)

// FloatRun is the float run of one graph on one set of data. It depends on these alone, so its values are kept, within a
// memory limit, and a change of specs looks at them again without running anew.
type FloatRun struct {
	Graph   *model.Graph
	Missing []model.NotModelled // operators that seam cannot evaluate

	prog    *eval.Program
	batches [][]*model.Tensor
	limit   int64
	kept    [][]*eval.Value // by batch, by node; nil if the values did not fit
	spare   int64           // bytes left
	answers answered
	ran     int
	folded  *folded
}

// KeepBytes is how much memory a FloatRun may take for its values: 256 MB.
const KeepBytes = 256 << 20

// NewFloatRun prepares a run; nothing is evaluated yet.
//
//	batches  one list a batch, one tensor a user input, nil for an input that is no tensor
//	limit    bytes that kept values may take
func NewFloatRun(g *model.Graph, batches [][]*model.Tensor, limit int64) (*FloatRun, error) {
	prog, err := eval.Compile(g)
	if err != nil {
		return nil, err
	}
	return &FloatRun{
		Graph: g, Missing: eval.Missing(g), prog: prog, batches: batches, limit: limit, spare: limit,
		answers: answered{make([][]answer, g.Len()+1)}, folded: newFolded(),
	}, nil
}

// Batches is the number of batches.
func (r *FloatRun) Batches() int { return len(r.batches) }

// Evaluated is the number of batches that were run so far.
func (r *FloatRun) Evaluated() int { return r.ran }

// each calls visit for every node that need names, batch by batch, in graph order. The value is nil where seam cannot know it.
func (r *FloatRun) each(ctx context.Context, need []bool, report func(done int), visit func(n model.NodeID, v *eval.Value) error) error {
	for i := range r.batches {
		if err := r.batch(ctx, i, need, visit); err != nil {
			return err
		}
		if report != nil {
			report(i + 1)
		}
	}
	return nil
}

func (r *FloatRun) batch(ctx context.Context, i int, need []bool, visit func(n model.NodeID, v *eval.Value) error) error {
	if i < len(r.kept) && r.kept[i] != nil {
		for n, v := range r.kept[i] {
			if need[n] {
				if err := visit(model.NodeID(n), v); err != nil {
					return err
				}
			}
		}
		return ctx.Err()
	}
	keep := make([]*eval.Value, r.Graph.Len())
	r.ran++
	_, err := r.prog.Run(ctx, r.batches[i], func(n model.NodeID, v *eval.Value) error {
		keep = r.keep(keep, n, v)
		if need[n] {
			return visit(n, v)
		}
		return nil
	})
	if err == nil && keep != nil {
		for len(r.kept) <= i {
			r.kept = append(r.kept, nil)
		}
		r.kept[i] = keep
	}
	return err
}

// keepsAll says whether the values of every batch are kept.
func (r *FloatRun) keepsAll() bool {
	return len(r.kept) == len(r.batches) && !slices.ContainsFunc(r.kept, func(k []*eval.Value) bool { return k == nil })
}

// keep notes a tensor's value, or gives up on keeping where the limit is passed.
func (r *FloatRun) keep(keep []*eval.Value, n model.NodeID, v *eval.Value) []*eval.Value {
	if keep == nil || v == nil || v.F == nil && v.I == nil {
		return keep
	}
	if r.Graph.Node(n).Kind != model.GetAttr {
		if r.spare -= int64(4*len(v.F) + 8*len(v.I)); r.spare < 0 {
			return nil
		}
	}
	keep[n] = v
	return keep
}
