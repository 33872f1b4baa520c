package tosa

import "seam/model"

// symbolic keeps a symbolic number, or gives the number that it has once the symbols are bound.
func (e *lowering) symbolic(c *edgeCall) (model.Arg, error) {
	if e.sizes == nil || c.t.Kind != model.SymKind {
		return e.keep(c, c.op, c.args), nil
	}
	v, err := model.EvalExpr(c.t.Text, e.sizes)
	if err != nil {
		return model.Arg{}, e.missing("size " + c.t.Text)
	}
	return model.IntArg(v), nil
}
