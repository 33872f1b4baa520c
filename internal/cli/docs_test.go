package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seam/internal/golden"
)

// root is the project's, where the documentation is.
const root = "../.."

// TestOpsPage keeps docs/ops.txt equal to what seam ops prints.
func TestOpsPage(t *testing.T) {
	code, out, errs := call("ops")
	if code != ExitOK {
		t.Fatalf("code %d: %s", code, errs)
	}
	golden.Compare(t, filepath.Join(root, "docs/ops.txt"), out)
}

// TestCommandPages keeps docs/commands equal to the grammar.
func TestCommandPages(t *testing.T) {
	k, err := newParser(&grammar{}, &bytes.Buffer{}, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	pages := commandPages(k.Model)
	dir := filepath.Join(root, "docs/commands")
	for name, text := range pages {
		golden.Compare(t, filepath.Join(dir, name), text)
	}
	old, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range old {
		if _, ok := pages[filepath.Base(path)]; !ok {
			t.Errorf("%s is of no command", path)
		}
	}
}

// TestEveryCommandIsDocumented finds a command or a flag without help.
func TestEveryCommandIsDocumented(t *testing.T) {
	k, err := newParser(&grammar{}, &bytes.Buffer{}, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range leaves(k.Model.Node) {
		if c.Help == "" {
			t.Errorf("%s has no help", commandName(c))
		}
		for _, f := range c.Flags {
			if f.Help == "" {
				t.Errorf("%s --%s has no help", commandName(c), f.Name)
			}
		}
	}
}

// TestTour runs the commands of docs/tour.md in the project's folder and compares their output; the text between stays.
func TestTour(t *testing.T) {
	t.Chdir(root)
	const path = "docs/tour.md"
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, path, rerun(t, string(b)))
}

// rerun is a page with the output of its commands as it is now. A block of commands begins with ```console; a line of it that
// begins with "$ seam " is run, and what stands below it is its output. "| head -N" behind it keeps N lines.
func rerun(t *testing.T, page string) string {
	t.Helper()
	var out []string
	inside, files := false, t.TempDir()
	for _, l := range strings.Split(page, "\n") {
		command, isCommand := strings.CutPrefix(l, "$ seam ")
		switch {
		case l == "```console":
			inside = true
			out = append(out, l)
		case inside && l == "```":
			inside = false
			out = append(out, l)
		case inside && isCommand:
			out = append(out, l)
			out = append(out, output(t, command, files)...)
		case !inside:
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

// output is what a command of the tour prints. A file in /tmp is put into a folder of the test.
func output(t *testing.T, command, files string) []string {
	t.Helper()
	command, pipe, _ := strings.Cut(command, " | head -")
	args := strings.Fields(strings.ReplaceAll(command, "/tmp/", files+"/"))
	code, text, errs := call(args...)
	if code != ExitOK && code != ExitFindings {
		t.Errorf("seam %s: code %d: %s", command, code, errs)
	}
	text = strings.ReplaceAll(text, files+"/", "/tmp/")
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if text == "" {
		lines = nil
	}
	if n := len(pipe); n > 0 {
		most := int(pipe[0] - '0')
		if n == 2 {
			most = 10*most + int(pipe[1]-'0')
		}
		lines = lines[:min(most, len(lines))]
	}
	return lines
}
