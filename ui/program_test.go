package ui

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// watched is the program's model under a test: it says when a run has ended.
type watched struct {
	*App
	idle chan int // the generation that has come to rest
}

func (w watched) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	was := w.job.running
	_, cmd := w.App.Update(msg)
	if was && !w.job.running {
		w.idle <- w.job.gen
	}
	return w, cmd
}

// buffer is what the terminal got.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) has(s string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Contains(b.b.String(), s)
}

// TestProgram runs the program in a terminal made of pipes: from a cold start to a toggle and out again.
func TestProgram(t *testing.T) {
	a := New(Options{Config: testConfig(), Title: "detector.pt2"})
	a.run, a.explain = fakeRun(t, 4), fakeExplain
	in, keys := io.Pipe()
	out := &buffer{}
	w := watched{a, make(chan int, 16)}
	p := tea.NewProgram(w, tea.WithInput(in), tea.WithOutput(out), tea.WithWindowSize(80, 24), tea.WithoutSignals(),
		tea.WithFilter(newMerger(time.Now).filter), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	done := make(chan error, 1)
	go func() {
		_, err := p.Run()
		done <- err
	}()
	<-w.idle
	typeKeys(t, keys, "t ") // the first run is over: what if, and press the switch
	<-w.idle
	for !out.has("PARTITIONED") { // ctrl+c does not wait for the next frame
		time.Sleep(time.Millisecond)
	}
	typeKeys(t, keys, "\x03")
	if err := <-done; !errors.Is(err, tea.ErrInterrupted) {
		t.Fatalf("ctrl+c: error %v", err)
	}
	if a.cfg.Edits != "shared.concat:aten.concat.default=on" || len(a.f.res.Part.Parts) != 1 {
		t.Errorf("edits %q, %d delegates", a.cfg.Edits, len(a.f.res.Part.Parts))
	}
	got := out.b.String()
	for _, want := range []string{"\x1b[?1049h", "\x1b[?1049l", "PARTITIONED", "\x1b[?1002h", "\x1b[?1002l"} {
		if !strings.Contains(got, want) {
			t.Errorf("the terminal never got %q", want)
		}
	}
}

func typeKeys(t *testing.T, w io.Writer, keys string) {
	t.Helper()
	if _, err := io.WriteString(w, keys); err != nil {
		t.Fatal(err)
	}
}

// TestPanicRestores: a panic on the event loop ends the program with an error, and the terminal is as it was.
func TestPanicRestores(t *testing.T) {
	a := New(Options{Config: testConfig(), Title: "detector.pt2"})
	a.run, a.explain = fakeRun(t, 4), fakeExplain
	a.keys[screenMain] = newKeymap([]binding{bind("panic", "t", "", "", func(int) tea.Cmd { panic("on purpose") })}, nil)
	in, keys := io.Pipe()
	out := &buffer{}
	w := watched{a, make(chan int, 16)}
	p := tea.NewProgram(w, tea.WithInput(in), tea.WithOutput(out), tea.WithWindowSize(80, 24), tea.WithoutSignals(),
		tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	done := make(chan error, 1)
	go func() {
		_, err := p.Run()
		done <- err
	}()
	<-w.idle
	for !out.has("\x1b[?1049h") { // the screen is taken with the first frame
		time.Sleep(time.Millisecond)
	}
	typeKeys(t, keys, "t")
	if err := <-done; !errors.Is(err, tea.ErrProgramPanic) {
		t.Errorf("error %v", err)
	}
	if !out.has("\x1b[?1049l") {
		t.Error("the terminal never got its screen back")
	}
}
