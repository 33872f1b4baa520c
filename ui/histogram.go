package ui

import (
	"math"
	"strings"

	"seam/model"
	"seam/themes"
	"seam/ui/row"
)

// histHeight is the rows of a histogram.
const histHeight = 5

// levels is a cell filled from the bottom, by eighths.
var levels = [...]string{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}

// histogram is what the observer counted over the range that it saw, on a logarithmic scale, for activations have most
// values at one place. Brackets below it stand at the ends of the chosen range; parts outside are drawn as cut off.
func (l *groupLayout) histogram() {
	c := l.st.Counts
	if len(c) == 0 || len(l.st.Min) != 1 {
		return
	}
	lo, hi := float64(l.st.Min[0]), float64(l.st.Max[0])
	top := 0.0
	for _, v := range c {
		top = max(top, math.Log1p(float64(v)))
	}
	if top == 0 || hi <= lo {
		return
	}
	w := min(len(c), l.w-18)
	for y := histHeight - 1; y >= 0; y-- {
		r := row.Row{{Role: themes.Plain, Text: "  "}}
		for x := range w {
			i := x * len(c) / w
			at := lo + (float64(i)+.5)*(hi-lo)/float64(len(c))
			role := themes.Number
			if at < float64(l.st.Lo) || at > float64(l.st.Hi) {
				role = themes.Bad
			}
			fill := int(math.Round(math.Log1p(float64(c[i]))/top*histHeight*8)) - 8*y
			r = joined(r, row.Span{Role: role, Text: levels[max(0, min(8, fill))]})
		}
		l.add(model.None, r...)
	}
	l.add(model.None, row.Span{Role: themes.Title, Text: "  " + l.brackets(lo, hi, w)})
	ends := realText(l.st.Min[0])
	l.add(model.None, row.Span{Role: themes.Dim, Text: "  " + ends + space(w-len(ends)-len(realText(l.st.Max[0]))) + realText(l.st.Max[0]) + "  log of counts"})
	l.add(model.None)
}

// brackets is the line with the ends of the chosen range; an end outside what was seen stands at the edge.
func (l *groupLayout) brackets(lo, hi float64, w int) string {
	at := func(v float32) int { return max(0, min(w-1, int(float64(w)*(float64(v)-lo)/(hi-lo)))) }
	from, to := at(l.st.Lo), at(l.st.Hi)
	return space(from) + "[" + strings.Repeat("─", max(0, to-from-1)) + "]"
}

// joined is r with a span behind it, which goes on with the last if both have one role.
func joined(r row.Row, s row.Span) row.Row {
	if n := len(r); n > 0 && r[n-1].Role == s.Role {
		r[n-1].Text += s.Text
		return r
	}
	return append(r, s)
}
