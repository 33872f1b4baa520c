package check

import "seam/internal/sarif"

// sarif is a result for each failed rule, with a location for each thing that broke it; the model where nothing has a source line.
func (r *Report) sarif() sarif.Log {
	rules, results := []sarif.Rule{}, []sarif.Result{}
	for i, x := range r.Results {
		rules = append(rules, sarif.Rule{ID: x.Rule})
		if !x.OK {
			results = append(results, sarif.Result{
				RuleID: x.Rule, RuleIndex: i, Level: "error", Message: sarif.Text{Text: r.message(x)}, Locations: r.locations(x),
			})
		}
	}
	return sarif.New("", rules, results)
}

func (r *Report) locations(x Result) []sarif.Location {
	var out []sarif.Location
	for _, i := range x.Items {
		l := sarif.Location{Physical: sarif.At(r.Model, 0)}
		if file, line, ok := place(i.Source); ok {
			l.Physical = sarif.At(file, line)
		}
		if i.Node != "" {
			l.Logical = []sarif.Logical{{Name: i.Node, Kind: "object"}}
		}
		out = append(out, l)
	}
	if out == nil {
		out = []sarif.Location{{Physical: sarif.At(r.Model, 0)}}
	}
	return out
}
