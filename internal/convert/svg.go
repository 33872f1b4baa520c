package convert

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"seam/internal/snapshot"
)

// The measures of a drawing, in pixels. Whole numbers only, so that no machine rounds another way.
const (
	margin     = 12
	inner      = 10 // between a band's border and its text, and between columns
	lineHeight = 18 // of the head and of the notes
	rowHeight  = 15
	bandTop    = 20 // for its title
	bandBottom = 5
	bandGap    = 11
	leastWidth = 72 * 8 // for the head
	firstLane  = 20     // from the bands' right
	laneWidth  = 8
	bend       = 6 // radius of a curve's corners
	tipLength  = 8
	apart      = 3 // from the middle of a row: arrows come in above it, and lines go out below
)

// textWidth is the width of so many cells: a character of a monospace font is 0.6 of its size of 12.
func textWidth(cells int) int { return (cells*29 + 3) / 4 }

// paint is the colours of a place. They only repeat what the title says in words.
type paint struct{ fill, stroke string }

func paintOf(id string) paint {
	switch {
	case strings.HasPrefix(id, "D"):
		return paint{"#e8f5e9", "#2e7d32"}
	case strings.HasPrefix(id, "H"):
		return paint{"#ffebee", "#c62828"}
	}
	return paint{"#f2f2f2", "#616161"}
}

// svg writes one picture that refers to nothing outside it: bands in the order in which their nodes run, and a curve for each
// value that crosses the border of a delegate.
func svg(w io.Writer, d *snapshot.Doc) error {
	_, err := io.WriteString(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"+drawing(d))
	return err
}

// canvas is a drawing that is being written.
type canvas struct {
	strings.Builder
	s      *scene
	x      [4]int // of the columns; the last ends there
	right  int    // of the bands
	width  int
	height int
}

// drawing is the svg element.
func drawing(d *snapshot.Doc) string {
	c := &canvas{s: newScene(d)}
	c.place()
	c.putf(`<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="%d" height="%d" viewBox="0 0 %d %d"`,
		c.width, c.height, c.width, c.height)
	c.putf(" font-family=\"monospace\" font-size=\"12\" fill=\"#1a1a1a\">\n<title>%s</title>\n", xmlText(head(d)[0]))
	c.putf("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", c.width, c.height)
	c.head()
	for i := range c.s.bands {
		c.band(&c.s.bands[i])
	}
	c.curves()
	for i, note := range c.s.notes {
		c.putf("<text x=\"%d\" y=\"%d\">%s</text>\n", margin, c.height-margin-lineHeight*(len(c.s.notes)-1-i), xmlText(note))
	}
	c.putf("</svg>\n")
	return c.String()
}

func (c *canvas) putf(format string, args ...any) { fmt.Fprintf(c, format, args...) }

// place sets where everything stands.
func (c *canvas) place() {
	s := c.s
	x := margin + inner
	for i, n := range s.columns {
		c.x[i] = x
		if n > 0 {
			x += textWidth(n) + inner
		}
	}
	c.right = max(x, margin+leastWidth)
	c.x[3] = c.right - inner
	c.width = c.right + margin
	if s.lanes > 0 {
		c.width += firstLane + laneWidth*(s.lanes-1)
	}
	y := margin + lineHeight*(len(head(s.p.doc))+1) + bandGap
	for i := range s.bands {
		b := &s.bands[i]
		b.top = y
		for j := b.first; j < b.end; j++ {
			s.rows[j].y = y + bandTop + rowHeight*(j-b.first) + rowHeight/2
		}
		y += bandTop + rowHeight*(b.end-b.first) + bandBottom + bandGap
	}
	c.height = y + margin + lineHeight*len(s.notes)
}

// head is the lines above the bands: what was run, what came out, and then how it was run.
func head(d *snapshot.Doc) []string {
	scheme := d.Config.Quant
	if !d.Config.PerChannel {
		scheme += " per tensor"
	}
	sum := d.Summary
	out := []string{
		fmt.Sprintf("%s on %s", d.Model.Name, d.Target),
		fmt.Sprintf("%s, %d stranded, %d boundaries, %d bytes cross an inference", plural(sum.Delegates, "delegate"), sum.Stranded,
			sum.Boundaries, sum.BoundaryBytes),
		fmt.Sprintf("pack %s %s, %s, %s data", d.Pack.Name, d.Pack.Annotator, scheme, d.Config.Data),
	}
	if n := len(d.Pack.Edits); n > 0 {
		out[2] += fmt.Sprintf(", %s of it edited", plural(n, "list"))
	}
	if len(d.Config.WhatIf) > 0 {
		out = append(out, "what if: "+strings.Join(d.Config.WhatIf, ", "))
	}
	if d.Failed != nil {
		out = append(out, "ended early: "+d.Failed.Text)
	}
	return out
}

// head writes the lines above the bands and what the colours mean.
func (c *canvas) head() {
	y := margin + 12
	most := (c.width - 2*margin) * 4 / 29
	for i, line := range head(c.s.p.doc) {
		weight := ""
		if i == 0 {
			weight = ` font-weight="bold"`
		}
		c.putf("<text x=\"%d\" y=\"%d\"%s>%s</text>\n", margin, y, weight, xmlText(cut(line, most)))
		y += lineHeight
	}
	x := margin
	for _, l := range [...][2]string{{"D", "NPU"}, {"H", "CPU"}, {"", "neither: inputs, outputs, boundary nodes"}} {
		p := paintOf(l[0])
		c.putf("<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" rx=\"3\" fill=\"%s\" stroke=\"%s\"/>", x, y-10, p.fill, p.stroke)
		c.putf("<text x=\"%d\" y=\"%d\">%s</text>\n", x+18, y, l[1])
		x += 18 + textWidth(cells(l[1])) + 2*inner
	}
}

func (c *canvas) band(b *band) {
	p := paintOf(b.id)
	height := bandTop + rowHeight*(b.end-b.first) + bandBottom
	c.putf("<g>\n<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" fill=\"%s\" stroke=\"%s\"/>\n",
		margin, b.top, c.right-margin, height, p.fill, p.stroke)
	name, rest := c.s.title(b)
	name = cut(name, 24)
	rest = cut(rest, (c.right-margin-3*inner)*4/29-cells(name))
	c.putf("<text x=\"%d\" y=\"%d\" font-weight=\"bold\" fill=\"%s\">%s", margin+inner, b.top+15, p.stroke, xmlText(name))
	c.putf("<tspan dx=\"%d\" font-weight=\"normal\">%s</tspan></text>\n", inner, xmlText(rest))
	for i := b.first; i < b.end; i++ {
		c.row(&c.s.rows[i])
	}
	c.putf("</g>\n")
}

// title is a band's place with what runs it, and how much of the place it is.
func (s *scene) title(b *band) (name, rest string) {
	rest = plural(len(b.nodes), "node")
	if all := s.total[b.id]; b.id != "" && all > len(b.nodes) {
		rest = fmt.Sprintf("%d of %s", len(b.nodes), plural(all, "node"))
	}
	switch {
	case strings.HasPrefix(b.id, "D"):
		return title(b.id), rest
	case strings.HasPrefix(b.id, "H"):
		return title(b.id), rest + ": " + b.operators(s.p.doc)
	}
	return strings.TrimSpace(b.id + " neither"), rest
}

func (c *canvas) row(r *row) {
	y := r.y + 4 // the baseline
	c.putf("<text y=\"%d\">", y)
	for i, text := range c.s.cells(r) {
		switch {
		case text == "":
		case i == 3:
			c.putf(`<tspan x="%d" text-anchor="end" fill="#6a1b9a">%s</tspan>`, c.x[i], xmlText(text))
		default:
			c.putf(`<tspan x="%d">%s</tspan>`, c.x[i], xmlText(text))
		}
	}
	c.putf("</text>\n")
}

// curves writes what goes between places, and over it what crosses the border of a delegate.
func (c *canvas) curves() {
	for _, style := range [...]struct {
		crosses         bool
		stroke, breadth string
	}{{false, "#616161", "1"}, {true, "#6a1b9a", "1.5"}} {
		var paths, tips strings.Builder
		for _, x := range c.s.curves {
			if x.crosses == style.crosses {
				path, tip := c.s.path(x, c.right)
				paths.WriteString("<path d=\"" + path + "\"/>\n")
				tips.WriteString(tip)
			}
		}
		if paths.Len() > 0 {
			c.putf("<g fill=\"none\" stroke=\"%s\" stroke-width=\"%s\">\n%s</g>\n", style.stroke, style.breadth, paths.String())
			c.putf("<path fill=\"%s\" d=\"%s\"/>\n", style.stroke, tips.String())
		}
	}
}

// xmlText is a text that neither XML nor HTML takes for markup.
func xmlText(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(clean(s))) // a Builder does not fail
	return b.String()
}
