package record

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Tally collects the comparisons of many recordings: how often each stage agreed, and the classes of differences.
type Tally struct {
	Recordings int
	Totals     [NumStages][NotModelled + 1]int // by stage and state
	QP         QParamCount
	Counts     Counts // equal stages by part of the corpus

	classes map[classKey]*Class
}

type classKey struct {
	stage          Stage
	kind, operator string
}

// Class is the differences of one kind at one operator.
type Class struct {
	Stage          Stage
	Kind, Operator string
	Count          int // recordings with it
	Roots          int // of those, the ones in which no earlier stage differs
	Example        Example
}

// Example is the first difference of a class.
type Example struct {
	Model, Config string
	Difference
}

// Add counts the comparison of one recording: of which part of the corpus, model and configuration.
func (t *Tally) Add(part, model, config string, d *Diff) {
	if t.classes == nil {
		t.classes, t.Counts = map[classKey]*Class{}, Counts{}
	}
	t.Recordings++
	t.QP.Add(d.QP)
	root := true
	for s := range NumStages {
		sd := &d.Stages[s]
		t.Totals[s][sd.State]++
		t.Counts.add(part, s, 0) // a part in which nothing agrees has its row too
		if sd.State == Equal {
			t.Counts.add(part, s, 1)
		}
		for _, x := range sd.First {
			t.class(s, x, root, Example{model, config, x})
		}
		root = root && sd.State != Different
	}
}

func (t *Tally) class(s Stage, x Difference, root bool, e Example) {
	k := classKey{s, x.Kind, x.Operator}
	c := t.classes[k]
	if c == nil {
		c = &Class{Stage: s, Kind: x.Kind, Operator: x.Operator, Example: e}
		t.classes[k] = c
	}
	c.Count++
	if root {
		if c.Roots == 0 {
			c.Example = e
		}
		c.Roots++
	}
}

// Equal says whether every comparison agreed.
func (t *Tally) Equal() bool {
	for s := range NumStages {
		if t.Totals[s][Different]+t.Totals[s][NotModelled] > 0 {
			return false
		}
	}
	return true
}

// Classes is the classes of differences, worst first: by the recordings in which nothing earlier differs, then by all.
func (t *Tally) Classes() []*Class {
	var out []*Class
	for _, c := range t.classes {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *Class) int {
		switch {
		case a.Roots != b.Roots:
			return b.Roots - a.Roots
		case a.Count != b.Count:
			return b.Count - a.Count
		case a.Stage != b.Stage:
			return int(a.Stage) - int(b.Stage)
		case a.Kind != b.Kind:
			return strings.Compare(a.Kind, b.Kind)
		}
		return strings.Compare(a.Operator, b.Operator)
	})
	return out
}

// String is the class on one line: how many recordings, where, what, and the first example.
func (c *Class) String() string {
	e := c.Example
	var b strings.Builder
	fmt.Fprintf(&b, "%d", c.Count)
	if c.Roots < c.Count {
		fmt.Fprintf(&b, " (first in %d)", c.Roots)
	}
	fmt.Fprintf(&b, " %s: %s", c.Stage, c.Kind)
	if c.Operator != "" {
		b.WriteString(" " + c.Operator)
	}
	fmt.Fprintf(&b, "; %s %s", e.Model, e.Config)
	if e.Node != "" {
		b.WriteString(" " + e.Node)
	}
	got, want := clip(e.Got, e.Want)
	fmt.Fprintf(&b, ": got %s, want %s", got, want)
	return b.String()
}

// The lengths of what a line shows of two texts.
const (
	maxShown   = 120 // in all
	shownAhead = 30  // in front of the first difference
)

// clip cuts two texts so that the first difference is in what is left.
func clip(a, b string) (string, string) {
	same := 0
	for same < len(a) && same < len(b) && a[same] == b[same] {
		same++
	}
	from := 0
	if max(len(a), len(b)) > maxShown {
		from = max(0, same-shownAhead)
	}
	return cut(a, from), cut(b, from)
}

func cut(s string, from int) string {
	if from > 0 {
		s = "..." + s[min(from, len(s)):]
	}
	if len(s) > maxShown {
		s = s[:maxShown] + "..."
	}
	return s
}

// Table writes the totals: a head and one line a stage.
func (t *Tally) Table(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%-12s %6s %9s %12s  of %d recordings\n", "stage", "equal", "different", "not modelled", t.Recordings)
	for s := range NumStages {
		c := t.Totals[s]
		line := fmt.Sprintf("%-12s %6d %9d %12d", s, c[Equal], c[Different], c[NotModelled])
		if s == StageQParams {
			if q := t.QP.Text(); q != "" {
				line += "  " + q
			}
		}
		b.WriteString(line + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
