// Package cli is seam's commands: it reads flags, runs the stages, prints what they gave, and says with its exit code how that
// went. Results go to standard output; everything else goes to standard error.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"seam/model"
)

// The exit codes.
const (
	ExitOK          = 0
	ExitFindings    = 1 // findings exceed the rules, or files differ
	ExitUsage       = 2
	ExitInput       = 3 // a file that cannot be read
	ExitInternal    = 4
	ExitParity      = 5 // a run and a recording disagree
	ExitInterrupted = 130
)

const description = `Shows what ExecuTorch's Arm backend does with a model: how it is quantized, which operators the
Ethos-U takes, and why the others stay on the CPU.

Exit codes: 0 done; 1 findings exceed the rules, or files differ; 2 wrong usage; 3 input cannot be read; 4 internal error;
5 a run and a recording disagree, or something is not modelled; 130 interrupted.`

// grammar is every command and flag.
type grammar struct {
	JSON    bool   `help:"Print JSON."`
	Theme   string `help:"Colours: auto, dark, light, high-contrast, mono, or the name of a file in the themes folder." default:"auto"`
	Color   string `help:"Whether to use colours: auto, always, never." enum:"auto,always,never" default:"auto"`
	ASCII   bool   `help:"Draw with ASCII characters only." name:"ascii"`
	NoMouse bool   `help:"Leave the mouse to the terminal."`
	Plain   bool   `help:"Print lines; take no screen."`
	NoColor bool   `help:"The same as --color never."`
	LogFile string `help:"Write what the stages did to this file." placeholder:"FILE"`
	Config  string `help:"Settings, in place of the user's config.yaml." placeholder:"YAML"`

	PrintVersion kong.VersionFlag `help:"Print the version." name:"version" short:"V"`

	Open       openCmd       `cmd:"" default:"withargs" help:"Look at a model on the screen (the default; without a model, at a sample)."`
	Run        runCmd        `cmd:"" help:"Run the stages and print a summary."`
	Show       showCmd       `cmd:"" help:"Print nodes, delegates, groups or boundaries."`
	Explain    explainCmd    `cmd:"" help:"Say why a boundary or a node is as it is."`
	Whatif     whatifCmd     `cmd:"" help:"Say what changes would give, before and after."`
	Smallest   smallestCmd   `cmd:"" help:"Find the smallest set of changes that reaches a goal."`
	Snapshot   snapshotCmd   `cmd:"" help:"Write the partition and its causes to a file."`
	Diff       diffCmd       `cmd:"" help:"Say what differs between two partitions, or between two stages."`
	Check      checkCmd      `cmd:"" help:"Test a partition against rules and a baseline."`
	Convert    convertCmd    `cmd:"" help:"Draw the partition for another program."`
	Parity     parityCmd     `cmd:"" help:"Compare with recordings of the real tools."`
	Lint       lintCmd       `cmd:"" help:"Find the gaps between a rule pack's lists."`
	Ops        opsCmd        `cmd:"" help:"List the operators that seam models."`
	Packs      packsGroup    `cmd:"" help:"List the rule packs, or compare two."`
	Settings   configGroup   `cmd:"" name:"config" help:"Show settings and where they are."`
	Schema     schemaCmd     `cmd:"" help:"Print the JSON Schema of a file that seam reads or writes."`
	Completion completionCmd `cmd:"" help:"Print a completion script for a shell."`
	Man        manCmd        `cmd:"" help:"Print the man page."`
	Complete   completeCmd   `cmd:"" name:"__complete" hidden:"" help:"Complete a command line, for the scripts."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

// env is what a command works with.
type env struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
	opts           *grammar
	args           []string
	set            *settings
	app            *kong.Application
	log            *slog.Logger
}

// usageError is a wrong flag or argument.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// inputError is a file that cannot be read.
type inputError struct{ err error }

func (e inputError) Error() string { return e.err.Error() }
func (e inputError) Unwrap() error { return e.err }

// codeError ends the program with a code and without a message: what there is to say was printed.
type codeError int

func (e codeError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Main runs seam and is its exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exitNow:
			code = int(r)
		default:
			fmt.Fprintf(stderr, "seam: internal error: %v\n%s", r, internalStack())
			code = ExitInternal
		}
	}()
	return report(run(ctx, args, stdin, stdout, stderr), ctx, stderr)
}

// exitNow leaves Main from inside kong, which prints help and versions and then wants to end the process.
type exitNow int

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	e := &env{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr, opts: &grammar{}, args: args}
	k, err := newParser(e.opts, stdout, stderr)
	if err != nil {
		return err
	}
	e.app = k.Model
	var unread error
	if e.set, unread = loadSettings(args, flagNames(sharedFlags(e.app))); unread == nil {
		kong.Resolvers(e.set).Apply(k)
	}
	cmd, err := k.Parse(args)
	switch {
	case unread != nil && (cmd == nil || cmd.Command() != "config path"):
		return unread
	case err != nil:
		return usageError{e.set.blame(err, e.app)}
	}
	e.set.explicit = explicit(cmd)
	log, closer, err := openLog(e.opts.LogFile)
	if err != nil {
		return err
	}
	defer closer.Close()
	e.log = log
	err = cmd.Run(e)
	log.Debug("done", "command", cmd.Command(), "error", err)
	return err
}

// newParser is the command line's grammar.
func newParser(g *grammar, stdout, stderr io.Writer) (*kong.Kong, error) {
	return kong.New(g, kong.Name("seam"), kong.Description(description), kong.Writers(stdout, stderr),
		kong.Vars{"version": "seam " + Version}, kong.Exit(func(code int) { panic(exitNow(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
}

// explicit is the flags that stand on the command line.
func explicit(cmd *kong.Context) map[string]bool {
	out := map[string]bool{}
	for _, p := range cmd.Path {
		if p.Flag != nil && !p.Resolved {
			out[p.Flag.Name] = true
		}
	}
	return out
}

// report prints an error, its reason on the first line, and gives its exit code.
func report(err error, ctx context.Context, stderr io.Writer) int {
	var code codeError
	var usage usageError
	var input inputError
	var load *model.LoadError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &code):
		return int(code)
	case errors.Is(err, context.Canceled) || ctx.Err() != nil:
		fmt.Fprintln(stderr, "seam: interrupted")
		return ExitInterrupted
	}
	text, hint, _ := strings.Cut(err.Error(), "\n")
	fmt.Fprintf(stderr, "seam: %s\n", text)
	if hint != "" { // how to write a file that fits
		fmt.Fprintln(stderr, hint)
	}
	switch {
	case errors.As(err, &usage):
		return ExitUsage
	case errors.As(err, &load), errors.As(err, &input), errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission):
		return ExitInput
	}
	return ExitInternal
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// internalStack is the frames of a panic, those of the runtime left out.
func internalStack() string {
	lines := strings.Split(string(debug.Stack()), "\n")
	var b strings.Builder
	for i := 0; i+1 < len(lines); i++ {
		if strings.HasPrefix(lines[i], "seam/") && !strings.Contains(lines[i], "cli.Main") {
			place := strings.TrimSpace(lines[i+1])
			if j := strings.LastIndexByte(place, '/'); j >= 0 {
				place = place[j+1:]
			}
			fmt.Fprintf(&b, "  %s %s\n", strings.SplitN(lines[i], "(", 2)[0], place)
		}
	}
	return b.String()
}
