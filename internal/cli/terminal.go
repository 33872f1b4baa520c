package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/charmbracelet/x/term"
)

// isTerminal says whether a stream is a terminal.
func isTerminal(v any) bool {
	f, ok := v.(*os.File)
	return ok && term.IsTerminal(f.Fd())
}

// progress counts on standard error, on a terminal only.
type progress struct {
	mu   sync.Mutex
	w    io.Writer // nil where nothing is to be shown
	n    int       // steps done
	last int       // width of the line
}

func newProgress(e *env) *progress {
	p := &progress{}
	if isTerminal(e.stderr) && !e.opts.Plain {
		p.w = e.stderr
	}
	return p
}

// step counts one more done.
func (p *progress) step(what string, of int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	p.line(fmt.Sprintf("%d/%d %s", p.n, of, what))
}

// show writes what is being done.
func (p *progress) show(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line(what)
}

// line writes over the line before.
func (p *progress) line(s string) {
	if p.w == nil {
		return
	}
	if len(s) > 76 {
		s = s[:76]
	}
	fmt.Fprintf(p.w, "\r%s%s", s, strings.Repeat(" ", max(0, p.last-len(s))))
	p.last = len(s)
}

// done takes the line away.
func (p *progress) done() {
	p.line("")
	if p.w != nil {
		fmt.Fprint(p.w, "\r")
	}
}
