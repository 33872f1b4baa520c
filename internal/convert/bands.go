package convert

import (
	"fmt"
	"strconv"
	"strings"

	"seam/internal/snapshot"
)

// The bounds of a drawing. Cairo, with which most programs turn an SVG into pixels, goes no further than 32,767 of them: with
// these numbers every drawing stays below.
const (
	maxBands  = 400
	maxRows   = 1200
	wholeBand = 40 // a band of at most so many nodes is drawn whole, if all bands together have no more than maxRows
	leastBand = 3  // and of at most so many in any case: a first, a last, and one that says what is left out
)

// band is a run of nodes in one place, in the order in which they run. A place that is left and entered again has several.
type band struct {
	id         string // "D1", "H1", or "" for neither
	nodes      []int
	first, end int // its rows in the scene
	top        int
}

// row is a line of a band: one node, or several that are left out.
type row struct {
	nodes []int
	y     int    // of the middle
	out   string // what leaves a delegate or enters one from here
}

// runs is the shown nodes as bands.
func (p *picture) runs() []band {
	var out []band
	for i := range p.doc.Nodes {
		if !p.shown[i] {
			continue
		}
		id := placeID(&p.doc.Nodes[i])
		if len(out) == 0 || out[len(out)-1].id != id {
			out = append(out, band{id: id})
		}
		b := &out[len(out)-1]
		b.nodes = append(b.nodes, i)
	}
	return out
}

// ends is how many nodes of a band are drawn at each end if more than most are too many.
func ends(most int) int { return most * 9 / 20 }

// mostNodes is the largest band that is drawn whole, so that all bands have maxRows rows at most.
func mostNodes(bands []band) int {
	for most := wholeBand; most > leastBand; most-- {
		sum := 0
		for _, b := range bands {
			if n := len(b.nodes); n > most {
				sum += 2*ends(most) + 1
			} else {
				sum += n
			}
		}
		if sum <= maxRows {
			return most
		}
	}
	return leastBand
}

// rows is a band's nodes by row.
func (b *band) rows(most int) [][]int {
	var out [][]int
	n, end := len(b.nodes), ends(most)
	for i := 0; i < n; i++ {
		if n > most && i == end {
			out = append(out, b.nodes[end:n-end])
			i = n - end
		}
		out = append(out, b.nodes[i:i+1])
	}
	return out
}

// operators is the operators of a band: the first two, and how many more.
func (b *band) operators(d *snapshot.Doc) string {
	var ops []string
	seen := map[string]bool{}
	for _, n := range b.nodes {
		if op := d.Nodes[n].Op; !seen[op] {
			seen[op] = true
			ops = append(ops, op)
		}
	}
	if len(ops) > 2 {
		return fmt.Sprintf("%s and %d more", strings.Join(ops[:2], ", "), len(ops)-2)
	}
	return strings.Join(ops, ", ")
}

// plural is "1 node" or "2 nodes".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// scene is a picture laid out: bands from top to bottom, and curves at their right.
type scene struct {
	p       *picture
	bands   []band
	rows    []row
	rowOf   []int          // by node, -1 if it is in no band that is drawn
	total   map[string]int // nodes, by place
	curves  []curve
	lanes   int
	notes   []string // what is left out
	columns [4]int   // cells of name, operator, type, and what crosses
}

func newScene(d *snapshot.Doc) *scene {
	p := newPicture(d)
	s := &scene{p: p, bands: p.runs(), rowOf: make([]int, len(d.Nodes)), total: map[string]int{}}
	for _, c := range p.places {
		s.total[c.id] = len(c.nodes)
	}
	for i := range s.rowOf {
		s.rowOf[i] = -1
	}
	if len(s.bands) > maxBands {
		nodes := 0
		for _, b := range s.bands[maxBands:] {
			nodes += len(b.nodes)
		}
		s.notes = append(s.notes, fmt.Sprintf("%s with %s left out", plural(len(s.bands)-maxBands, "more band"), plural(nodes, "node")))
		s.bands = s.bands[:maxBands]
	}
	s.addRows()
	s.addCurves()
	s.measure()
	return s
}

func (s *scene) addRows() {
	most := mostNodes(s.bands)
	known := crossings(s.p.doc)
	for i := range s.bands {
		b := &s.bands[i]
		b.first = len(s.rows)
		for _, nodes := range b.rows(most) {
			for _, n := range nodes {
				s.rowOf[n] = len(s.rows)
			}
			s.rows = append(s.rows, row{nodes: nodes, out: outText(nodes, known)})
		}
		b.end = len(s.rows)
	}
}

// measure finds how wide the columns are.
func (s *scene) measure() {
	for i := range s.rows {
		for j, text := range s.cells(&s.rows[i]) {
			s.columns[j] = max(s.columns[j], cells(text))
		}
	}
}

// cells is what a row says in each column.
func (s *scene) cells(r *row) [4]string {
	if len(r.nodes) > 1 {
		return [4]string{fmt.Sprintf("... %d more ...", len(r.nodes)), "", "", r.out}
	}
	n := &s.p.doc.Nodes[r.nodes[0]]
	return [4]string{cut(n.Name, 54), cut(short(n.Op), 30), cut(n.Type, 26), r.out}
}

// crossing is a value that crosses the border of a delegate.
type crossing struct {
	boundaries []string
	bytes      int64
}

// crossings is what the document knows of the values that cross, by node.
func crossings(d *snapshot.Doc) map[int]crossing {
	out := map[int]crossing{}
	for _, b := range d.Boundaries {
		for _, t := range b.Tensors {
			c := out[t.Node]
			out[t.Node] = crossing{append(c.boundaries, b.ID), t.Bytes}
		}
	}
	return out
}

// outText is the values of a row that cross: "B2, B3: 2048 bytes", "B2 and 2 more: 2048 bytes", "4 values: 8192 bytes".
func outText(nodes []int, known map[int]crossing) string {
	count, bytes, last := 0, int64(0), crossing{}
	for _, n := range nodes {
		if c, ok := known[n]; ok {
			count++
			bytes += c.bytes
			last = c
		}
	}
	switch {
	case count == 0:
		return ""
	case count > 1:
		return fmt.Sprintf("%d values: %d bytes", count, bytes)
	}
	ids, more := last.boundaries, ""
	if n := len(ids) - 2; n > 0 {
		ids, more = ids[:1], fmt.Sprintf(" and %d more", n+1)
	}
	return fmt.Sprintf("%s%s: %d bytes", cut(strings.Join(ids, ", "), 16), more, bytes)
}
