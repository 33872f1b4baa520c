package ui

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seam/model"
	"seam/ui/row"
)

// page prints a text to the terminal as it is without the program, so that the mouse and the terminal's own history can copy it
// where no clipboard can be reached.
type page struct {
	text string
	in   io.Reader
	out  io.Writer
}

// SetStdin says where the key that goes back comes from.
func (p *page) SetStdin(r io.Reader) { p.in = r }

// SetStdout says where the page goes.
func (p *page) SetStdout(w io.Writer) { p.out = w }

// SetStderr is there for tea.ExecCommand.
func (p *page) SetStderr(io.Writer) {}

// Run prints the page and waits for a line.
func (p *page) Run() error {
	if _, err := fmt.Fprintf(p.out, "%s\n-- enter goes back to seam --\n", p.text); err != nil {
		return err
	}
	_, err := bufio.NewReader(p.in).ReadString('\n')
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// printPage prints what the screen says of its subject: the chain of the why screen, else the node pane.
func (a *App) printPage(int) tea.Cmd {
	text := ""
	switch {
	case a.screen == screenWhy && !a.why.busy:
		text = a.whyText()
	case a.f != nil && a.current() != model.None:
		text = a.paneText(a.current())
	}
	if text == "" {
		a.say("nothing to print")
		return nil
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(row.Sanitize(strings.TrimRight(line, " \n")) + "\n")
	}
	return tea.Exec(&page{text: b.String()}, func(err error) tea.Msg { return editedMsg{err} })
}
