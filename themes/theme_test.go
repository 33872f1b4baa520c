package themes

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRolesAreDistinct(t *testing.T) {
	names, letters := map[string]Role{}, map[byte]Role{}
	for r := range NumRoles {
		if r.String() == "" || r.Letter() == 0 {
			t.Fatalf("role %d has no name or no letter", r)
		}
		if other, ok := names[r.String()]; ok {
			t.Errorf("roles %d and %d are both %q", other, r, r)
		}
		if other, ok := letters[r.Letter()]; ok {
			t.Errorf("roles %s and %s both have the letter %c", other, r, r.Letter())
		}
		names[r.String()], letters[r.Letter()] = r, r
	}
	if NumRoles.String() != "invalid" || NumRoles.Letter() != '!' {
		t.Errorf("a role that is none: %s %c", NumRoles, NumRoles.Letter())
	}
}

func TestDelegateCycles(t *testing.T) {
	for i, want := range map[int]Role{0: DelegateA, 7: DelegateH, 8: DelegateA, 19: DelegateD, -1: DelegateH} {
		if got := Delegate(i); got != want {
			t.Errorf("delegate %d: %s, want %s", i, got, want)
		}
	}
}

func TestBuiltin(t *testing.T) {
	for _, name := range Names() {
		data, err := builtin.ReadFile("builtin/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Load(data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		th, ok := Builtin(name)
		if !ok || th.Name != name {
			t.Errorf("%s: not there, or of another name", name)
			continue
		}
		for r := range NumRoles {
			checkColours(t, th, r)
			if r != Cursor && th.Selected(r) == th.Prefix(r) {
				t.Errorf("%s: role %s looks the same on the selected row", name, r)
			}
		}
	}
	if _, ok := Builtin("../dark"); ok {
		t.Error("a path is taken for a built-in theme")
	}
}

// checkColours holds true-colour themes to #rrggbb, those of 16 colours to the names, and mono to none.
func checkColours(t *testing.T, th *Theme, r Role) {
	t.Helper()
	s := th.styles[r]
	for _, c := range []Color{s.FG, s.BG} {
		_, _, _, rgb := c.rgb()
		switch {
		case c == "":
		case th.Name == "mono":
			t.Errorf("mono: role %s has the colour %s", r, c)
		case rgb == strings.HasSuffix(th.Name, "-16"):
			t.Errorf("%s: role %s has the colour %s", th.Name, r, c)
		}
	}
	if s.Faint {
		t.Errorf("%s: role %s is faint, which some terminals make unreadable", th.Name, r)
	}
}

// TestContrast asks for the ratio of WCAG 2.2 between text and ground: 4.5, or 7 in the high-contrast theme, and 3 for
// frames, which are no text. It assumes a ground where the theme leaves the terminal's own.
func TestContrast(t *testing.T) {
	for name, ground := range map[string]Style{
		"dark":          {FG: "#d7dde4", BG: "#1e1e1e"},
		"light":         {FG: "#1f2328", BG: "#fafafa"},
		"high-contrast": {FG: "#ffffff", BG: "#000000"},
	} {
		th, _ := Builtin(name)
		for r := range NumRoles {
			want := 4.5
			if name == "high-contrast" {
				want = 7
			}
			if r == Border || r == Lane {
				want = 3
			}
			for where, s := range map[string]Style{"": th.styles[r], " selected": th.styles[r].over(th.styles[Cursor])} {
				s = s.over(ground)
				if got := contrast(s.FG, s.BG); got < want {
					t.Errorf("%s: role %s%s: %s on %s has a contrast of %.2f, want %.1f", name, r, where, s.FG, s.BG, got, want)
				}
			}
		}
	}
}

func contrast(a, b Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c Color) float64 {
	r, g, b, _ := c.rgb()
	lin := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(r) + 0.7152*lin(g) + 0.0722*lin(b)
}

func TestLoad(t *testing.T) {
	for _, c := range []struct {
		name, json   string
		role         Role
		prefix, err  string
		selectedText string
	}{
		{
			name: "attributes and true colour", json: `{"name":"x","roles":{"op":{"fg":"#010203","bg":"#ffffff","bold":true,"underline":true}}}`,
			role: Op, prefix: "\x1b[1;4;38;2;1;2;3;48;2;255;255;255m", selectedText: "\x1b[1;4;38;2;1;2;3;48;2;255;255;255m",
		},
		{
			name: "sixteen colours", json: `{"roles":{"op":{"fg":"red","bg":"bright-blue"},"cursor":{"reverse":true}}}`,
			role: Op, prefix: "\x1b[31;104m", selectedText: "\x1b[7;31;104m",
		},
		{name: "terminal's own", json: `{"roles":{}}`, role: Op},
		{name: "base", json: `{"base":"mono","roles":{"op":{"italic":true}}}`, role: Key, prefix: "\x1b[1m", selectedText: "\x1b[1;7m"},
		{name: "over the base", json: `{"base":"mono","roles":{"op":{"italic":true}}}`, role: Op, prefix: "\x1b[3m", selectedText: "\x1b[3;7m"},
		{name: "unknown role", json: `{"name":"x","roles":{"opp":{}}}`, err: `read theme "x": unknown role "opp"`},
		{name: "unknown colour", json: `{"name":"x","roles":{"op":{"fg":"pink"}}}`, err: `read theme "x": role op: colour "pink" is neither #rrggbb nor one of the sixteen names`},
		{name: "broken colour", json: `{"name":"x","roles":{"op":{"fg":"#12345g"}}}`, err: "neither"},
		{name: "unknown base", json: `{"name":"x","base":"none"}`, err: `base "none": no such theme`},
		{name: "unknown field", json: `{"name":"x","colour":1}`, err: "unknown field"},
		{name: "no JSON", json: ``, err: "read theme: EOF"},
	} {
		th, err := Load([]byte(c.json))
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: error %v, want %s", c.name, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := th.Prefix(c.role); got != c.prefix {
			t.Errorf("%s: prefix %q, want %q", c.name, got, c.prefix)
		}
		if got := th.Selected(c.role); got != c.selectedText {
			t.Errorf("%s: selected %q, want %q", c.name, got, c.selectedText)
		}
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "mine.json"), `{"name":"mine","base":"dark"}`)
	write(t, filepath.Join(dir, "broken.json"), `{`)
	write(t, filepath.Join(dir, "dark.json"), `{`)
	write(t, filepath.Join(dir, "huge.json"), strings.Repeat(" ", maxFile+1))
	for _, name := range []string{"mine", "dark", "mono"} {
		if th, err := Open(dir, name); err != nil || th.Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"none", "../mine", ""} {
		if _, err := Open(dir, name); !errors.Is(err, ErrNoTheme) {
			t.Errorf("%q: %v, want %v", name, err, ErrNoTheme)
		}
	}
	for _, name := range []string{"broken", "huge"} {
		if _, err := Open(dir, name); err == nil || !strings.Contains(fmt.Sprint(err), name+".json") {
			t.Errorf("%q: %v, want an error that names the file", name, err)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{"name":"x","base":"dark","roles":{"op":{"fg":"#010203","bold":true}}}`))
	f.Add([]byte(`{"roles":{"op":{"fg":"red"}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		th, err := Load(data)
		if err != nil {
			return
		}
		for r := range NumRoles {
			if p := th.Prefix(r); p != "" && strings.Trim(p, "\x1b[0123456789;m") != "" {
				t.Fatalf("role %s: prefix %q is no style", r, p)
			}
		}
	})
}

func BenchmarkBuiltin(b *testing.B) {
	for b.Loop() {
		Builtin("dark")
	}
}
