package check

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"seam/internal/snapshot"
)

// Formats is the names of the formats that Write knows.
func Formats() []string { return []string{"text", "json", "junit", "sarif", "github"} }

// Write writes a report in a format.
func (r *Report) Write(w io.Writer, format string) error {
	switch format {
	case "json":
		return writeJSON(w, r)
	case "junit":
		return r.junit(w)
	case "sarif":
		return writeJSON(w, r.sarif())
	case "github":
		return r.github(w)
	}
	return r.text(w)
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(v)
}

// text writes the rules, the chain behind those that failed, and what was allowed.
func (r *Report) text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "check %s: pack %s, target %s\n", r.Model, r.Pack, r.Target)
	for _, x := range r.Results {
		mark := "ok  "
		if !x.OK {
			mark = "FAIL"
		}
		fmt.Fprintf(&b, "%s %s: %s%s\n", mark, x.Rule, x.Text, behind(x.Causes))
	}
	for _, c := range r.Causes {
		fmt.Fprintf(&b, "\n%s %s\n", c.ID, strings.Join(chain(c), "\n   "))
	}
	if len(r.Allowed)+len(r.Unused) > 0 {
		b.WriteByte('\n')
	}
	for _, a := range r.Allowed {
		fmt.Fprintf(&b, "allowed: %s %s%s: %s\n", a.Node, a.Op, bracket(a.Source), a.Reason)
	}
	for _, a := range r.Unused {
		fmt.Fprintf(&b, "allow %s is not needed\n", a)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func chain(c snapshot.Cause) []string { return append([]string{c.Head()}, c.Lines()...) }

func behind(causes []string) string {
	if len(causes) == 0 {
		return ""
	}
	return " (why: " + strings.Join(causes, ", ") + ")"
}

func bracket(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// message is a failed rule with its chains, the whole story on its own.
func (r *Report) message(x Result) string {
	out := []string{x.Rule + ": " + x.Text}
	for _, c := range r.Causes {
		if slices.Contains(x.Causes, c.ID) {
			out = append(out, "")
			out = append(out, chain(c)...)
		}
	}
	if len(x.Causes) == 0 {
		for _, i := range x.Items {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s%s: %s", i.Node, i.Op, bracket(i.Source), i.Text)))
		}
	}
	return strings.Join(out, "\n")
}

type (
	junitSuites struct {
		XMLName  xml.Name   `xml:"testsuites"`
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Suite    junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitFailure `xml:"failure"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// junit writes a test case for each rule.
func (r *Report) junit(w io.Writer) error {
	s := junitSuite{Name: r.Model, Tests: len(r.Results)}
	for _, x := range r.Results {
		c := junitCase{Class: r.Model + " " + r.Target, Name: x.Rule, Out: x.Text}
		if !x.OK {
			s.Failures++
			c.Failure, c.Out = &junitFailure{x.Text, x.Rule, r.message(x)}, ""
		}
		s.Cases = append(s.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", " ")
	if err := enc.Encode(junitSuites{Name: "seam check", Tests: s.Tests, Failures: s.Failures, Suite: s}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// github writes an annotation for each failed rule, at the source line of the first thing that broke it.
func (r *Report) github(w io.Writer) error {
	var b strings.Builder
	told := map[string]string{} // the rule under which a chain stands
	for _, x := range r.Results {
		if x.OK {
			continue
		}
		at := ""
		for _, i := range x.Items {
			if file, line, ok := place(i.Source); ok {
				at = fmt.Sprintf("file=%s,line=%d,", property(file), line)
				break
			}
		}
		fmt.Fprintf(&b, "::error %stitle=%s::%s\n", at, property("seam "+x.Rule), data(r.once(x, told)))
	}
	for _, a := range r.Unused {
		fmt.Fprintf(&b, "::notice title=seam allow::%s\n", data(fmt.Sprintf("allow %s is not needed", a)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// once is the message of a failed rule, without the chains that another one's told.
func (r *Report) once(x Result, told map[string]string) string {
	rest, also := x, ""
	rest.Causes = nil
	for _, c := range x.Causes {
		if told[c] != "" {
			also = "\nwhy: see " + told[c]
			continue
		}
		told[c] = x.Rule
		rest.Causes = append(rest.Causes, c)
	}
	if len(rest.Causes) == 0 && also != "" {
		return x.Rule + ": " + x.Text + also
	}
	return r.message(rest) + also
}

// place is a source line's file and number.
func place(source string) (file string, line int, ok bool) {
	i := strings.LastIndexByte(source, ':')
	if i < 0 {
		return "", 0, false
	}
	n, err := strconv.Atoi(source[i+1:])
	return source[:i], n, err == nil && n > 0
}

// data escapes the text of a workflow command.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// property escapes a property of a workflow command.
func property(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
