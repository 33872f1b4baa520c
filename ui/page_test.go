package ui

import (
	"bytes"
	"strings"
	"testing"
)

// A page is the text and the way back, without the screen's escape codes.
func TestPage(t *testing.T) {
	a := newApp(t, 4, 120, 40)
	if a.printPage(0) == nil {
		t.Fatal("no command")
	}
	var out bytes.Buffer
	p := &page{text: a.paneText(a.current())}
	p.SetStdin(strings.NewReader("\n"))
	p.SetStdout(&out)
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	if name := a.list.g.Node(a.current()).Name; !strings.Contains(got, name) || strings.Contains(got, "\x1b") || !strings.Contains(got, "enter goes back") {
		t.Errorf("the page of %s: %q", name, got)
	}
}

// Space marks with the first free letter, and takes the mark away.
func TestFlipMark(t *testing.T) {
	a := newApp(t, 4, 120, 40)
	for _, k := range []string{"space", "j", "space"} {
		a.Update(keyMsg(k))
	}
	if len(a.marks) != 2 || a.markLetter(a.current()) != "b" {
		t.Fatalf("marks %v", a.marks)
	}
	a.Update(keyMsg("space"))
	if len(a.marks) != 1 || a.markLetter(a.current()) != " " {
		t.Errorf("after taking one away: %v", a.marks)
	}
}
