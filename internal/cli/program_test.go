package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// asProgram makes the test binary behave as seam, so that a whole-program test needs no build.
const asProgram = "SEAM_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Setenv("XDG_CONFIG_HOME", os.DevNull) // the settings of who runs the tests do not count
	os.Exit(m.Run())
}

// terminal is a program in a pseudo-terminal, with what its screen shows.
type terminal struct {
	t   testing.TB
	tty *os.File
	cmd *exec.Cmd

	mu     sync.Mutex
	screen *vt.Emulator
	raw    bytes.Buffer
}

// start runs a program at a size.
func start(t testing.TB, cmd *exec.Cmd, cols, rows int) *terminal {
	t.Helper()
	cmd.Env = append(cmd.Env, "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "HOME="+t.TempDir())
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)})
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	x := &terminal{t: t, tty: tty, cmd: cmd, screen: vt.NewEmulator(cols, rows)}
	go func() { _, _ = io.Copy(io.Discard, x.screen) }() // the emulator's answers to queries are not wanted
	go x.read()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = tty.Close()
	})
	return x
}

func (x *terminal) read() {
	buf := make([]byte, 1<<16)
	for {
		n, err := x.tty.Read(buf)
		x.mu.Lock()
		x.raw.Write(buf[:n])
		_, _ = x.screen.Write(buf[:n])
		x.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (x *terminal) text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.screen.String()
}

// see waits until the screen shows every one of the texts.
func (x *terminal) see(texts ...string) {
	x.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		screen, missing := x.text(), ""
		for _, want := range texts {
			if !strings.Contains(screen, want) {
				missing = want
			}
		}
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			x.t.Fatalf("the screen never showed %q:\n%s", missing, screen)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// wrote says whether the program wrote the sequence, some time after its end at the latest.
func (x *terminal) wrote(seq string) bool {
	for range 400 {
		x.mu.Lock()
		found := strings.Contains(x.raw.String(), seq)
		x.mu.Unlock()
		if found {
			return true
		}
		time.Sleep(5 * time.Millisecond)
	}
	return false
}

func (x *terminal) press(keys string) {
	x.t.Helper()
	if _, err := io.WriteString(x.tty, keys); err != nil {
		x.t.Fatal(err)
	}
}

// The seed's case, driven by keys as a new user would: the sample opens as two delegates, w says why, t and space make it one,
// u and ctrl+r go back and forth, e exports the snapshot, q leaves the terminal as it was.
func TestSeedCaseByKeys(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole program in a pseudo-terminal")
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Dir = dir
	cmd.Env = []string{asProgram + "=1", "PATH=" + os.Getenv("PATH")}
	x := start(t, cmd, 120, 40)
	x.see("[PARTITIONED]", "2 delegates", "aten_cat_default")
	x.press("w")
	x.see("lacks aten.concat.default", "Node was not marked as quantized in the Arm backend.", "path out and in")
	x.press("t")
	x.see("shared.concat", "before")
	x.press(" ")
	x.see("2 -> 1")
	x.press("u")
	x.see("2 -> 2")
	x.press("\x12") // ctrl+r
	x.see("2 -> 1")
	x.press("\r")
	x.see("kept")
	x.press("e")
	x.see("JSON")
	x.press("\r")
	snapshot := waitFile(t, dir, "*.json")
	x.press("q") // back to the graph, then out
	x.see("Graph partitioned", "1 delegate ")
	x.press("q")
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("exit: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("q does not end the program:\n%s", x.text())
	}
	if !x.wrote("\x1b[?1049l") {
		t.Error("the alternate screen was not left")
	}
	checkSnapshot(t, snapshot)
}

// ctrl+c ends the program at once with the shell's code for it, and leaves the terminal as it was.
func TestInterruptByKey(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole program in a pseudo-terminal")
	}
	cmd := exec.Command(os.Args[0])
	cmd.Dir = t.TempDir()
	cmd.Env = []string{asProgram + "=1", "PATH=" + os.Getenv("PATH")}
	x := start(t, cmd, 80, 24)
	x.see("[PARTITIONED]")
	x.press("\x03")
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != ExitInterrupted {
		t.Errorf("exit code %d, want %d", got, ExitInterrupted)
	}
	if !x.wrote("\x1b[?1049l") {
		t.Error("the alternate screen was not left")
	}
}

// waitFile is the one file of that pattern in dir, once it is there.
func waitFile(t *testing.T, dir, pattern string) string {
	t.Helper()
	for range 2000 {
		if m, _ := filepath.Glob(filepath.Join(dir, pattern)); len(m) == 1 {
			return m[0]
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("no %s was written", pattern)
	return ""
}

func checkSnapshot(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Schema    string
		Delegates []any
		Pack      struct{ Name, Annotator string }
	}
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	if s.Schema != "seam/snapshot" || len(s.Delegates) != 1 || s.Pack.Name != "1.4.1" || s.Pack.Annotator != "composable" {
		t.Errorf("snapshot: schema %q, %d delegates, pack %s %s", s.Schema, len(s.Delegates), s.Pack.Name, s.Pack.Annotator)
	}
}

// From the start of a built binary to the first frame of the sample, in a pseudo-terminal.
func BenchmarkFirstFrame(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "seam")
	if out, err := exec.Command("go", "build", "-o", bin, "seam").CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	for b.Loop() {
		x := start(b, exec.Command(bin), 120, 40)
		for !strings.Contains(x.text(), "seam") {
			time.Sleep(time.Millisecond)
		}
		_ = x.cmd.Process.Kill()
		_ = x.cmd.Wait()
	}
}
