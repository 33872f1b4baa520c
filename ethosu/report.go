package ethosu

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"seam/model"
)

// Report is upstream's partition report: a table of the first reason of every refused node, in the order of reporting, so bodies
// first.
//
//	source  exir/backend/utils.py: WhyNoPartitionReporter
func (p *Partitioning) Report(g *model.Graph) string {
	rows := p.reportRows(g, [][]string{{"Node name", "Target", "Torch func", "Reason"}})
	if len(rows) == 1 {
		return "No nodes rejected."
	}
	return fancyGrid(rows, reportWidth)
}

func (p *Partitioning) reportRows(g *model.Graph, rows [][]string) [][]string {
	for _, s := range p.Subs {
		rows = s.reportRows(s.Graph, rows)
	}
	for _, r := range p.Rejected {
		if x := g.Node(r.Node); r.First && x.Kind != model.Placeholder && x.Kind != model.Output {
			rows = append(rows, []string{x.Name, reportTarget(x.Target), torchFunc(x.Meta), r.Text})
		}
	}
	return rows
}

// reportWidth is the widest that upstream lets a column be.
const reportWidth = 35

func reportTarget(target string) string {
	if name, ok := strings.CutPrefix(target, "_operator."); ok {
		return "<built-in function " + name + ">"
	}
	return target
}

// torchFunc is the torch function of a node as Python prints the pair, "-" if unknown.
func torchFunc(m *model.Meta) string {
	if m == nil || m.TorchFn == "" {
		return "-"
	}
	name, fn, ok := strings.Cut(m.TorchFn, ";")
	if !ok {
		return "-"
	}
	return fmt.Sprintf("('%s', '%s')", name, fn)
}

// DelegationInfo is upstream's count of what was delegated, by kind of node name.
type DelegationInfo struct {
	Subgraphs, Delegated, NotDelegated int
	ByOperator                         []OperatorCount // sorted by operator
}

// OperatorCount is how many nodes of one name are delegated and not.
type OperatorCount struct {
	Operator                string
	Delegated, NotDelegated int
}

var trailingNumber = regexp.MustCompile(`_[0-9]+$`)

// Delegation counts nodes as upstream does: getitems that unpack a delegate's results count as not delegated.
//
//	source  devtools/backend_debug/delegation_info.py: get_delegation_info
func (p *Partitioning) Delegation(g *model.Graph) DelegationInfo {
	d := DelegationInfo{Subgraphs: len(p.Parts)}
	at := map[string]int{}
	count := func(name string, delegated bool) {
		name = trailingNumber.ReplaceAllString(name, "")
		i, ok := at[name]
		if !ok {
			i = len(d.ByOperator)
			at[name] = i
			d.ByOperator = append(d.ByOperator, OperatorCount{Operator: name})
		}
		if delegated {
			d.Delegated++
			d.ByOperator[i].Delegated++
		} else {
			d.NotDelegated++
			d.ByOperator[i].NotDelegated++
		}
	}
	for i := range g.Len() {
		if x := g.Node(model.NodeID(i)); x.Kind == model.Call {
			count(x.Name, p.PartOf[i] >= 0)
		}
	}
	for _, part := range p.Parts {
		for range part.Outputs {
			count("getitem", false)
		}
	}
	slices.SortFunc(d.ByOperator, func(a, b OperatorCount) int { return strings.Compare(a.Operator, b.Operator) })
	return d
}

// Summary is upstream's three lines.
func (d DelegationInfo) Summary() string {
	return fmt.Sprintf("Total delegated subgraphs: %d\nNumber of delegated nodes: %d\nNumber of non-delegated nodes: %d\n",
		d.Subgraphs, d.Delegated, d.NotDelegated)
}

// Table is upstream's table of operators, with a last row of totals.
func (d DelegationInfo) Table() string {
	rows := [][]string{{"", "op_type", "occurrences_in_delegated_graphs", "occurrences_in_non_delegated_graphs"}}
	for i, o := range d.ByOperator {
		rows = append(rows, []string{strconv.Itoa(i), o.Operator, strconv.Itoa(o.Delegated), strconv.Itoa(o.NotDelegated)})
	}
	rows = append(rows, []string{
		strconv.Itoa(len(d.ByOperator)), "Total", strconv.Itoa(d.Delegated), strconv.Itoa(d.NotDelegated),
	})
	return fancyGrid(rows, 0)
}

// fancyGrid draws a table in tabulate's format of that name; the first row is the header. Columns of numbers are right-aligned.
// width wraps cells, 0 does not.
func fancyGrid(rows [][]string, width int) string {
	cells := make([][][]string, len(rows))
	cols := make([]int, len(rows[0]))
	numeric := make([]bool, len(rows[0]))
	for c := range numeric {
		numeric[c] = true
	}
	for r, row := range rows {
		for c, text := range row {
			lines := wrapCell(text, width)
			cells[r] = append(cells[r], lines)
			for _, l := range lines {
				cols[c] = max(cols[c], utf8.RuneCountInString(l))
			}
			if _, err := strconv.Atoi(text); err != nil && r > 0 {
				numeric[c] = false
			}
		}
	}
	var b strings.Builder
	rule := func(left, mid, right, fill string) {
		parts := make([]string, len(cols))
		for c, w := range cols {
			parts[c] = strings.Repeat(fill, w+2)
		}
		b.WriteString(left + strings.Join(parts, mid) + right)
	}
	rule("╒", "╤", "╕", "═")
	for r := range cells {
		if r == 1 {
			rule("\n╞", "╪", "╡", "═")
		} else if r > 1 {
			rule("\n├", "┼", "┤", "─")
		}
		writeCells(&b, cells[r], cols, numeric)
	}
	rule("\n╘", "╧", "╛", "═")
	return b.String()
}

func writeCells(b *strings.Builder, row [][]string, cols []int, numeric []bool) {
	height := 0
	for _, c := range row {
		height = max(height, len(c))
	}
	for i := range height {
		b.WriteString("\n│")
		for c, lines := range row {
			text := ""
			if i < len(lines) {
				text = lines[i]
			}
			pad := strings.Repeat(" ", cols[c]-utf8.RuneCountInString(text))
			if numeric[c] {
				text = pad + text
			} else {
				text += pad
			}
			b.WriteString(" " + text + " │")
		}
	}
}

// wrapCell breaks text at spaces into lines of at most width characters; a longer word fills what is left of a line and goes on
// below.
func wrapCell(text string, width int) []string {
	if width == 0 {
		return []string{text}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		for {
			gap := 0
			if line != "" {
				gap = 1
			}
			room := width - len(line) - gap
			if len(word) <= room {
				line += strings.Repeat(" ", gap) + word
				break
			}
			if len(word) > width && room > 0 {
				line += strings.Repeat(" ", gap) + word[:room]
				word = word[room:]
			}
			lines, line = append(lines, line), ""
		}
	}
	return append(lines, line)
}
