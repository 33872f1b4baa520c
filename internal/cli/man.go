package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

type manCmd struct{}

// Run prints the man page.
func (manCmd) Run(e *env) error { return writeMan(e.stdout, e.app) }

// exitCodes says what each code means; the order is theirs.
var exitCodes = []struct {
	code int
	text string
}{
	{ExitOK, "done; nothing exceeds the rules; no difference"},
	{ExitFindings, "findings exceed the rules, or files differ"},
	{ExitUsage, "wrong usage: a flag, an argument, a rules or settings file"},
	{ExitInput, "input cannot be read, or its format or version is not known"},
	{ExitInternal, "internal error"},
	{ExitParity, "a run and a recording disagree, or something is not modelled"},
	{ExitInterrupted, "interrupted"},
}

// writeMan writes the page in roff, from the grammar.
func writeMan(w io.Writer, app *kong.Application) error {
	m := &roff{}
	m.line(`.TH SEAM 1 "" "seam %s"`, Version)
	m.section("NAME")
	m.text("seam - what ExecuTorch's Arm backend does with a model")
	m.section("SYNOPSIS")
	m.line(".B seam")
	m.text("[FILE] [FLAGS]")
	m.line(".br\n.B seam")
	m.text("COMMAND [ARGUMENTS] [FLAGS]")
	m.section("DESCRIPTION")
	about, _, _ := strings.Cut(description, "\n\nExit codes")
	m.text(about)
	m.section("COMMANDS")
	run := command(app.Node, "run")
	for _, c := range leaves(app.Node) {
		m.command(c, run)
	}
	m.section("FLAGS FOR RUNNING A MODEL")
	common := runFlags(run)
	for _, f := range run.Flags {
		for _, name := range common {
			if f.Name == name {
				m.flag(f)
			}
		}
	}
	m.section("FLAGS OF ALL COMMANDS")
	for _, f := range app.Flags {
		m.flag(f)
	}
	m.section("EXIT STATUS")
	for _, x := range exitCodes {
		m.line(".TP\n.B %d", x.code)
		m.text(x.text)
	}
	m.section("ENVIRONMENT")
	m.text("SEAM_ and the name of a flag sets that flag: SEAM_TARGET=ethos-u85-256, SEAM_NO_MOUSE=1. NO_COLOR turns colours off.")
	m.section("FILES")
	m.text(longHelp(command(command(app.Node, "config"), "show")))
	_, err := io.WriteString(w, m.b.String())
	return err
}

// roff builds a man page.
type roff struct{ b strings.Builder }

func (m *roff) line(format string, args ...any) { fmt.Fprintf(&m.b, format+"\n", args...) }

func (m *roff) section(name string) { m.line(".SH %s", name) }

// text writes a paragraph's text; a line that would be a request gets a zero-width character in front.
func (m *roff) text(s string) {
	for _, l := range strings.Split(roffText(s), "\n") {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			l = `\&` + l
		}
		m.line("%s", l)
	}
}

func roffText(s string) string { return strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s) }

func (m *roff) command(c, run *kong.Node) {
	m.line(".SS \"%s %s\"", roffText(commandName(c)), roffText(synopsis(c)))
	m.text(c.Help)
	if h := longHelp(c); h != "" {
		m.line(".PP\n.nf")
		m.text(h)
		m.line(".fi")
	}
	own, _ := ownFlags(c, run)
	for _, f := range own {
		m.flag(f)
	}
}

func (m *roff) flag(f *kong.Flag) {
	m.line(".TP\n.B %s", roffText(flagText(f)))
	m.text(f.Help)
}
