package lint

import (
	"slices"
	"strings"

	"seam/ethosu"
	"seam/model"
)

// support says which edge operators a release's NPU support lists accept, or have a check for.
type support struct {
	release string
	known   map[string][2]bool // by edge operator: on Ethos-U85, on Ethos-U55
}

// targets are the two subsets that the checks tell apart.
var targets = [2]string{"ethos-u85-256", "ethos-u55-128"}

// runs says whether the NPU can take every operator of an edge form on some target, and whether the U55 is one.
func (s *support) runs(form []string) (any, u55 bool) {
	any, u55 = len(form) > 0, len(form) > 0
	for _, e := range form {
		ok := s.of(e)
		any, u55 = any && ok[0], u55 && ok[1]
	}
	return any, u55
}

func (s *support) of(edge string) [2]bool {
	if got, ok := s.known[edge]; ok {
		return got
	}
	var got [2]bool
	for i, t := range targets {
		got[i] = listed(edge, ethosu.Config{Release: s.release, Target: t})
	}
	if s.known == nil {
		s.known = map[string][2]bool{}
	}
	s.known[edge] = got
	return got
}

// listed asks the support checks about one operator alone. Only what follows from its name counts: that no list and no check takes
// it, or that the U55 subset leaves it out. What a check says of the arguments, which are missing here, does not.
func listed(edge string, cfg ethosu.Config) bool {
	b := model.NewBuilder(model.Edge)
	b.Inputs["x"] = model.UserInput
	x := b.Add(model.Spec{Kind: model.Placeholder, Target: "x", Type: model.TensorOf(model.Float32, model.ShapeInts(1, 4, 8, 8))})
	n := b.Add(model.Spec{
		Kind: model.Call, Target: edge, Args: []model.Arg{model.NodeArg(x)},
		Type: model.TensorOf(model.Float32, model.ShapeInts(1, 4, 8, 8)),
	})
	b.Add(model.Spec{Kind: model.Output, Target: "output", Args: []model.Arg{model.ListArg(model.NodeArg(n))}})
	g, _, err := b.Freeze()
	if err != nil {
		return false
	}
	_, rejected, err := ethosu.Check(g, cfg)
	if err != nil { // a check for the operator wanted its arguments
		return true
	}
	return !slices.ContainsFunc(rejected, func(r model.Rejection) bool {
		return g.Node(r.Node).Target == edge && (r.Rule.ID == "P-BASE-TOSA" || r.Rule.ID == "P-U55-UNSUPPORTED" ||
			strings.HasPrefix(r.Text, "TOSA spec ")) // the specification itself lacks it
	})
}
