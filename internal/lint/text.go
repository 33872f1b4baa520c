package lint

import (
	"fmt"
	"io"
	"path"
	"strings"
)

// textWidth is the width that lists of operators are folded to.
const textWidth = 100

// WriteText writes the report for a person: what is worst first, findings of one kind and list together.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	about := ""
	if r.Model != "" {
		about = path.Base(r.Model) + ", "
	}
	fmt.Fprintf(&b, "%spack %s %s: %s\n", about, r.Pack, r.Annotator, r.summary())
	if r.Stopped != "" {
		fmt.Fprintf(&b, "the stages did not reach the partition: %s\n", r.Stopped)
	}
	for i := 0; i < len(r.Findings); {
		j := i + 1
		for j < len(r.Findings) && together(r.Findings[i], r.Findings[j]) {
			j++
		}
		r.block(&b, r.Findings[i:j])
		i = j
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// together says whether two findings stand in one block.
func together(a, b Finding) bool { return a.ID == b.ID && a.Severity == b.Severity && a.List == b.List }

func (r *Report) summary() string {
	if len(r.Findings) == 0 {
		return "nothing found"
	}
	var out []string
	for _, s := range severities {
		if n := r.Counts[s]; n == 1 {
			out = append(out, "1 "+string(s))
		} else if n > 1 {
			out = append(out, fmt.Sprintf("%d %ss", n, s))
		}
	}
	return strings.Join(out, ", ")
}

// block writes findings of one kind, severity and list: one by one with a model, else as far as they say different things.
func (r *Report) block(b *strings.Builder, fs []Finding) {
	f := fs[0]
	fmt.Fprintf(b, "\n%s %s", f.Severity, f.ID)
	if f.List != "" {
		fmt.Fprintf(b, " in %s (%s: %s)", f.List, f.File, f.Symbol)
	}
	fmt.Fprintf(b, "\n  %s\n", kinds[kindIndex(f.ID)].text)
	if r.Model == "" && f.ID == InplaceUnannotated && len(fs) > 2 {
		names := make([]string, len(fs))
		for i, x := range fs {
			names[i] = short(x.Op)
		}
		fold(b, "  ", names)
		if f.Edit != "" {
			fmt.Fprintf(b, "  mend: --set %s, and so with the others\n", f.Edit)
		}
		return
	}
	for _, x := range fs {
		x.lines(b)
	}
}

// fold writes words into lines.
func fold(b *strings.Builder, indent string, words []string) {
	line := indent
	for _, w := range words {
		if len(line)+len(w) > textWidth && line != indent {
			fmt.Fprintln(b, strings.TrimRight(line, " "))
			line = indent
		}
		line += w + " "
	}
	fmt.Fprintln(b, strings.TrimRight(line, " "))
}

// lines writes one finding.
func (f Finding) lines(b *strings.Builder) {
	fmt.Fprintf(b, "  %s\n", f.Text)
	for _, n := range f.Nodes {
		fmt.Fprintf(b, "    node %s%s\n", n.Name, n.where())
	}
	if f.Edit != "" {
		fmt.Fprintf(b, "    mend: --set %s%s\n", f.Edit, f.Effect.text())
	}
	var also []string
	if f.Advice != "" {
		also = append(also, "or "+f.Advice)
	}
	if len(f.HeldBy) > 0 {
		also = append(also, "known to "+strings.Join(f.HeldBy, ", "))
	}
	if len(also) > 0 {
		fmt.Fprintf(b, "    %s\n", strings.Join(also, "; "))
	}
}

func (n Node) where() string {
	var out []string
	if n.Source != "" {
		out = append(out, n.Source)
	}
	if n.Module != "" {
		out = append(out, "in "+n.Module)
	}
	if n.Host {
		out = append(out, "on the CPU")
	}
	if len(out) == 0 {
		return ""
	}
	return ": " + strings.Join(out, ", ")
}

// text says what an edit does, "" if that was not computed.
func (e *Effect) text() string {
	switch {
	case e == nil:
		return ""
	case !e.Changed():
		return fmt.Sprintf(" (changes nothing: %d delegates)", e.Delegates[0])
	}
	return fmt.Sprintf(": %d -> %d delegates, %d -> %d operators on the CPU, %d -> %d bytes cross",
		e.Delegates[0], e.Delegates[1], e.Host[0], e.Host[1], e.Bytes[0], e.Bytes[1])
}
