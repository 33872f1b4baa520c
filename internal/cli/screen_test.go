package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"seam/internal/pipeline"
	"seam/quant"
	"seam/samples"
)

// TestScenarioRoundTrip: a scenario that is written and replayed on another configuration gives the first one again.
func TestScenarioRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.yaml")
	c := pipeline.DefaultConfig("1.4.1")
	for _, change := range []string{
		"target=ethos-u85-256", "quant=a16w8", "static=on", "io=on", "module:head=float", "node:conv2d_1=int8", "type:torch.nn.modules.linear.Linear=a16w8",
		"op:aten.add.Tensor=float", "shared.concat:aten.concat.default=on", "check:P-ARM-QUANTIZED=off", "node:cat=npu",
	} {
		var err error
		if c, err = c.With(change); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeScenario(path, c); err != nil {
		t.Fatal(err)
	}
	base := pipeline.DefaultConfig("1.5.1")
	base.Edits, base.Checks = "shared.concat:aten.cat.default=off", "P-RANK"
	got, err := replay(path, base)
	if err != nil {
		t.Fatal(err)
	}
	if got != c {
		t.Errorf("got  %+v\nwant %+v", got, c)
	}
}

func TestReadKeys(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	keys, err := readKeys(write("keys.yaml", "why: [w, f1]\ndown: [n]\n"))
	if err != nil || !slices.Equal(keys["why"], []string{"w", "f1"}) {
		t.Errorf("keys %v, error %v", keys, err)
	}
	if keys, err := readKeys(filepath.Join(dir, "none.yaml")); keys != nil || err != nil {
		t.Errorf("no file: keys %v, error %v", keys, err)
	}
	for text, want := range map[string]string{"frobnicate: [x]\n": "frobnicate", "why: {\n": "bad.yaml:"} {
		var usage usageError
		if _, err := readKeys(write("bad.yaml", text)); !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v", text, err)
		}
	}
}

func TestFirstUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	if !firstUse(dir) || firstUse(dir) {
		t.Error("the first use is not told from the second")
	}
}

// TestWatch: a change of the file is seen once it has been left alone, a broken file is an error, and cancelling ends it.
func TestWatch(t *testing.T) {
	_, data, _, _ := samples.Default()
	path := filepath.Join(t.TempDir(), "m.pt2")
	put := func(b []byte, at time.Time) {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	put(data, now)
	w := newWatch(path, "")
	w.every = time.Millisecond
	put(data, now.Add(time.Second))
	if r, err := w.next(context.Background()); err != nil || r == nil {
		t.Fatalf("changed: %v", err)
	}
	put(data[:100], now.Add(2*time.Second))
	if _, err := w.next(context.Background()); err == nil {
		t.Error("a truncated file is no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := w.next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestEditAt(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "net.py"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd, err := editAt("vi -R", filepath.Join(dir, "m.pt2"))("nets/net.py", 12)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := cmd.(editorCmd).Args, []string{"vi", "-R", "+12", filepath.Join(dir, "net.py")}; !slices.Equal(got, want) {
		t.Errorf("runs %v, want %v", got, want)
	}
	if _, err := editAt("vi", "m.pt2")("nets/none.py", 1); err == nil {
		t.Error("a file that is not there was opened")
	}
}

func TestWritePatch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.patch")
	c := pipeline.DefaultConfig("1.4.1")
	c.Annotator = quant.Composable
	if err := writePatch(path, c); err == nil {
		t.Error("a patch without a change was written")
	}
	c.Edits = "conv:aten.conv1d.default=off;shared.concat:aten.concat.default=on"
	if err := writePatch(path, c); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"For ExecuTorch 1.4.1, composable annotator.", "Not in it, for it is a pattern upstream: conv:aten.conv1d.default=off",
		"+++ b/backends/arm/quantizer/arm_quantizer_utils.py", "\n+        torch.ops.aten.concat.default,\n",
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %q in\n%s", want, b)
		}
	}
}

// TestSuspendAndTerminate: ctrl+z gives the terminal back, the program comes up again where it was, and SIGTERM leaves the
// terminal as it was.
func TestSuspendAndTerminate(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole program in a pseudo-terminal")
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{asProgram + "=1", "PATH=" + os.Getenv("PATH")}
	x := start(t, cmd, 100, 30)
	x.see("2 delegates", "[PARTITIONED]", "new here?")
	x.press("\x1a")
	if !x.wrote("\x1b[?1049l") {
		t.Fatal("ctrl+z does not give the terminal back")
	}
	awake := make(chan struct{})
	go func() { // the program stops a moment after it gave the terminal back: a signal before that is lost
		for {
			select {
			case <-awake:
				return
			case <-time.After(50 * time.Millisecond):
				_ = cmd.Process.Signal(syscall.SIGCONT) // it may have ended: then the screen never comes
			}
		}
	}()
	x.see("2 delegates", "[PARTITIONED]")
	close(awake)
	x.forget()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if !x.wrote("\x1b[?1049l") {
		t.Error("SIGTERM leaves the screen taken")
	}
	_ = cmd.Wait()
}

// forget drops what the program wrote so far.
func (x *terminal) forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.raw.Reset()
}
