package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPrecedence sets one flag in more and more places.
func TestPrecedence(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	if err := os.MkdirAll(filepath.Join(dir, "seam"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "project", "below"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Join(dir, "project", "below"))
	look := func(want, origin string, flags ...string) {
		t.Helper()
		code, out, errs := call(append([]string{"config", "show", "--origin"}, flags...)...)
		if code != ExitOK {
			t.Fatalf("code %d: %s", code, errs)
		}
		for _, l := range strings.Split(out, "\n") {
			if strings.HasPrefix(l, "theme: ") && strings.Join(strings.Fields(l), " ") != "theme: "+want+" # "+origin {
				t.Errorf("%s, want %s from %s", l, want, origin)
			}
		}
	}
	look("auto", "default")
	put(t, filepath.Join(dir, "seam", "config.yaml"), "# mine\ntheme: dark\n")
	look("dark", "../../seam/config.yaml:2")
	put(t, "../.seam.yaml", "theme: light\n")
	look("light", "../.seam.yaml:1")
	t.Setenv("SEAM_THEME", "mono")
	look("mono", "SEAM_THEME")
	look("high-contrast", "flag", "--theme", "high-contrast")
}

// TestSettingsCount runs a model under what files and the environment say.
func TestSettingsCount(t *testing.T) {
	model, err := filepath.Abs(linear)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	put(t, ".seam.yaml", "target: ethos-u85-256\npack: 1.4.1\nset: [\"shared.concat:aten.cat.default=off\"]\nper-tensor: true\n")
	code, out, errs := call("run", model)
	if code != ExitOK || !strings.Contains(out, "u85") || !strings.Contains(out, "pack 1.4.1") || !strings.Contains(out, "-pt") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	t.Setenv("SEAM_PACK", "1.5.1")
	if _, out, _ = call("run", model); !strings.Contains(out, "pack 1.5.1") {
		t.Errorf("SEAM_PACK does not count: %s", out)
	}
	if _, out, _ = call("run", model, "--pack", "1.3.1"); !strings.Contains(out, "pack 1.3.1") {
		t.Errorf("--pack does not count: %s", out)
	}
	t.Setenv("SEAM_SET", "shared.concat:aten.cat.default=off;shared.concat:aten.stack.default=off")
	if _, out, _ = call("snapshot", model, "--no-why"); !strings.Contains(out, "aten.stack.default") {
		t.Errorf("SEAM_SET does not count: %s", out)
	}
	if code, _, errs = call("snapshot", model, "--no-why", "-o", "s.json"); code != ExitOK {
		t.Fatal(errs)
	}
	if code, _, errs = call("diff", "s.json", "s.json", "--exit-code"); code != ExitOK { // settings are no flags of this command
		t.Errorf("code %d: %s", code, errs)
	}
}

func TestSettingsErrors(t *testing.T) {
	t.Chdir(t.TempDir())
	tests := []struct {
		file string
		code int
		text string
	}{
		{"theme: dark\ntaget: x\n", ExitUsage, `.seam.yaml:2: no setting "taget"`},
		{"theme: dark\n\ntheme: light\n", ExitUsage, ".seam.yaml:"},
		{"theme: {a: b}\n", ExitUsage, ".seam.yaml:1: theme: want a value"},
		{"theme: [dark\n", ExitUsage, ".seam.yaml:1"},
		{"- theme\n", ExitUsage, ".seam.yaml:1: want names of flags"},
		{"color: pink\n", ExitUsage, "(set by .seam.yaml:1)"},
		{"", ExitOK, ""},
		{"# nothing\n", ExitOK, ""},
	}
	for _, x := range tests {
		put(t, projectFile, x.file)
		if code, _, errs := call("packs"); code != x.code || !strings.Contains(errs, x.text) {
			t.Errorf("%q: code %d, want %d: %s, want %q", x.file, code, x.code, errs, x.text)
		}
	}
	if code, _, errs := call("packs", "--config", "none.yaml"); code != ExitInput || !strings.Contains(errs, "none.yaml") {
		t.Errorf("a settings file that is not there: code %d, %s", code, errs)
	}
	put(t, projectFile, "taget: x\n")
	if code, out, errs := call("config", "path"); code != ExitOK || !strings.Contains(out, ".seam.yaml") {
		t.Errorf("config path beside a broken file: code %d, %s%s", code, out, errs)
	}
}

func TestComplete(t *testing.T) {
	tests := []struct {
		words []string
		want  string // first words of the lines, joined
	}{
		{[]string{"run", "--pack", ""}, "1.3.1 1.4.1 1.5.1"},
		{[]string{"run", "--pack=1.4"}, "--pack=1.4.1"},
		{[]string{"run", "--target", "ethos-u65"}, "ethos-u65-256 ethos-u65-512"},
		{[]string{"schema", "r"}, "recording rules"},
		{[]string{"completion", ""}, "bash zsh fish powershell"},
		{[]string{"config", ""}, "path show"},
		{[]string{"expl"}, "explain"},
		{[]string{"run", "--stat"}, "--static"},
		{[]string{"check", "-f", "j"}, "json junit"},
		{[]string{"--set", "shared.concat:aten.cat."}, "shared.concat:aten.cat.default=off"},
		{[]string{"run", ""}, ""}, // a file
		{[]string{"run", "--calib", ""}, ""},
	}
	for _, x := range tests {
		code, out, errs := call(append([]string{"__complete", "--"}, x.words...)...)
		var got []string
		for _, l := range strings.Split(strings.TrimSpace(out), "\n") {
			word, _, _ := strings.Cut(l, "\t")
			got = append(got, word)
		}
		if code != ExitOK || strings.Join(got, " ") != x.want {
			t.Errorf("%q: code %d, %q, want %q %s", x.words, code, got, x.want, errs)
		}
	}
}

// TestCompletionScripts has each shell that there is read its script, and bash complete with it.
func TestCompletionScripts(t *testing.T) {
	dir := t.TempDir()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		code, out, errs := call("completion", shell)
		if code != ExitOK || !strings.Contains(out, "seam __complete") {
			t.Errorf("%s: code %d, %s%s", shell, code, out, errs)
		}
		path := filepath.Join(dir, shell)
		put(t, path, out)
		if bin, err := exec.LookPath(shell); err == nil {
			if b, err := exec.Command(bin, "-n", path).CombinedOutput(); err != nil {
				t.Errorf("%s does not read its script: %v\n%s", shell, err, b)
			}
		}
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	put(t, filepath.Join(dir, "try"), `seam() { `+asProgram+`=1 "$SELF" "$@"; }
source "$1"
COMP_LINE="seam run --set shared.concat:aten.cat."; COMP_POINT=${#COMP_LINE}
COMP_WORDS=(seam run --set shared.concat : aten.cat.); COMP_CWORD=5
_seam; echo "${COMPREPLY[@]}"
COMP_LINE="seam run --pack="; COMP_POINT=${#COMP_LINE}
COMP_WORDS=(seam run --pack =); COMP_CWORD=3
_seam; echo "${COMPREPLY[@]}"
`)
	cmd := exec.Command(bash, filepath.Join(dir, "try"), filepath.Join(dir, "bash"))
	cmd.Env = append(os.Environ(), "SELF="+os.Args[0])
	b, err := cmd.CombinedOutput()
	if want := "aten.cat.default=off\n1.3.1 1.4.1 1.5.1\n"; err != nil || string(b) != want {
		t.Errorf("bash completes %q, want %q, %v", b, want, err)
	}
}

func TestMan(t *testing.T) {
	code, out, errs := call("man")
	if code != ExitOK || !strings.HasPrefix(out, ".TH SEAM 1") {
		t.Fatalf("code %d, %s%s", code, out, errs)
	}
	for _, want := range []string{".SH EXIT STATUS", ".SS \"check FILE [FLAGS]\"", `\-\-pack RELEASE`, "config show"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in the man page", want)
		}
	}
	if groff, err := exec.LookPath("groff"); err == nil {
		cmd := exec.Command(groff, "-man", "-Tascii", "-ww", "-z")
		cmd.Stdin = strings.NewReader(out)
		if b, err := cmd.CombinedOutput(); err != nil || len(b) > 0 {
			t.Errorf("groff: %v\n%s", err, b)
		}
	}
}
