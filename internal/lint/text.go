package lint

import (
	"fmt"
	"io"
	"path"
	"strings"
)

// textWidth is the width that lists of operators are folded to.
const textWidth = 100

// maxNodes is how many nodes of a finding the text names.
const maxNodes = 8

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
	switch {
	case r.Model != "":
		for _, x := range fs {
			x.lines(b)
		}
		return
	case f.ID == InplaceUnannotated:
		fold(b, "  ", fs)
	case f.ID == AliasMissing, f.ID == Unlisted:
		columns(b, fs)
	default:
		for _, x := range fs {
			fmt.Fprintf(b, "  %s\n", x.Text)
		}
	}
	if f.Edit != "" && len(fs) == 1 {
		fmt.Fprintf(b, "  mend: --set %s\n", f.Edit)
	} else if f.Edit != "" {
		fmt.Fprintf(b, "  mend: --set %s, and so with the others\n", f.Edit)
	}
}

// columns writes what each operator becomes, the spelling that is held, and who else knows it.
func columns(b *strings.Builder, fs []Finding) {
	rows := make([][3]string, len(fs))
	wide := [2]int{}
	for i, f := range fs {
		rows[i] = [3]string{short(f.Op), "becomes " + shorts(f.Edge)}
		var notes []string
		if f.Like != "" {
			notes = append(notes, short(f.Like)+" is held")
		}
		if len(f.HeldBy) > 0 {
			notes = append(notes, "known to "+strings.Join(f.HeldBy, ", "))
		}
		if f.OnlyU85 {
			notes = append(notes, "Ethos-U85 only")
		}
		rows[i][2] = strings.Join(notes, "; ")
		wide[0], wide[1] = max(wide[0], len(rows[i][0])), max(wide[1], len(rows[i][1]))
	}
	for _, r := range rows {
		fmt.Fprintln(b, strings.TrimRight(fmt.Sprintf("  %-*s  %-*s  %s", wide[0], r[0], min(wide[1], 40), r[1], r[2]), " "))
	}
}

// fold writes the operators' names into lines.
func fold(b *strings.Builder, indent string, fs []Finding) {
	line := indent
	for _, f := range fs {
		w := short(f.Op)
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
	for i, n := range f.Nodes {
		if i == maxNodes && len(f.Nodes) > maxNodes+1 {
			fmt.Fprintf(b, "    and %d nodes more\n", len(f.Nodes)-maxNodes)
			break
		}
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
	case !e.Changed() && e.Groups[0] != e.Groups[1]:
		return fmt.Sprintf(": %d -> %d observer groups, %d delegates as before", e.Groups[0], e.Groups[1], e.Delegates[0])
	case !e.Changed():
		return fmt.Sprintf(" (changes nothing: %d delegates)", e.Delegates[0])
	}
	static := ""
	if e.Static {
		static = " (with --static, and without it nothing)"
	}
	return fmt.Sprintf("%s: %d -> %d delegates, %d -> %d operators on the CPU, %d -> %d bytes cross", static,
		e.Delegates[0], e.Delegates[1], e.Host[0], e.Host[1], e.Bytes[0], e.Bytes[1])
}
