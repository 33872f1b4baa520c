// Package themes turns roles into terminal styles. A theme is a JSON file; those built in are such files too. No state is
// told by colour alone: whoever draws a state writes its glyph or word, and the theme only adds to that.
package themes

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Reset ends the style that a prefix began.
const Reset = "\x1b[m"

// maxFile bounds a theme file: a real one has about 3 KB.
const maxFile = 1 << 20

// ErrNoTheme says that a theme is neither built in nor in the directory of the user's themes.
var ErrNoTheme = errors.New("no such theme")

//go:embed builtin/*.json
var builtin embed.FS

// builtinNames is in the order in which a menu offers them.
var builtinNames = [...]string{"dark", "light", "high-contrast", "mono", "dark-16", "light-16"}

// Theme holds one prepared escape prefix a role. It is immutable, so panes may share it.
type Theme struct {
	Name     string
	styles   [NumRoles]Style
	prefix   [NumRoles]string
	selected [NumRoles]string
}

// Prefix is the escape sequence that begins text of role r; it may be empty. Text after it ends with Reset.
func (t *Theme) Prefix(r Role) string { return t.prefix[r] }

// Selected is Prefix on the row under the cursor.
func (t *Theme) Selected(r Role) string { return t.selected[r] }

// Names lists the built-in themes.
func Names() []string { return slices.Clone(builtinNames[:]) }

// Builtin is the built-in theme of that name.
func Builtin(name string) (*Theme, bool) {
	if !slices.Contains(builtinNames[:], name) {
		return nil, false
	}
	data, err := builtin.ReadFile("builtin/" + name + ".json")
	if err != nil {
		return nil, false
	}
	t, err := Load(data)
	return t, err == nil
}

// file is a theme as it is written. Roles it leaves out are those of Base, or the terminal's own without a base.
type file struct {
	Name  string           `json:"name"`
	Base  string           `json:"base"`
	Roles map[string]Style `json:"roles"`
}

// Load reads a theme from JSON.
func Load(data []byte) (*Theme, error) {
	var f file
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("read theme: %w", err)
	}
	t := &Theme{Name: f.Name}
	if f.Base != "" {
		base, ok := Builtin(f.Base)
		if !ok {
			return nil, fmt.Errorf("read theme %q: base %q: %w", f.Name, f.Base, ErrNoTheme)
		}
		t.styles = base.styles
	}
	for name, s := range f.Roles {
		r, ok := roleNamed(name)
		if !ok {
			return nil, fmt.Errorf("read theme %q: unknown role %q", f.Name, name)
		}
		t.styles[r] = s
	}
	if err := t.prepare(); err != nil {
		return nil, fmt.Errorf("read theme %q: %w", f.Name, err)
	}
	return t, nil
}

func (t *Theme) prepare() (err error) {
	for r := range NumRoles {
		if t.prefix[r], err = t.styles[r].prefix(); err != nil {
			return fmt.Errorf("role %s: %w", r, err)
		}
		if t.selected[r], err = t.styles[r].over(t.styles[Cursor]).prefix(); err != nil {
			return fmt.Errorf("role %s: %w", r, err)
		}
	}
	return nil
}

// Open is the built-in theme of that name, or else the file NAME.json in dir, where the user keeps themes.
func Open(dir, name string) (*Theme, error) {
	if t, ok := Builtin(name); ok {
		return t, nil
	}
	if name == "" || dir == "" || strings.ContainsAny(name, `/\`) {
		return nil, fmt.Errorf("theme %q: %w; built in are %s", name, ErrNoTheme, strings.Join(builtinNames[:], ", "))
	}
	path := filepath.Join(dir, name+".json")
	data, err := readBounded(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("theme %q: %w in %s; built in are %s", name, ErrNoTheme, dir, strings.Join(builtinNames[:], ", "))
	}
	if err != nil {
		return nil, fmt.Errorf("theme %q: %w", name, err)
	}
	t, err := Load(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s is over %d bytes", path, maxFile)
	}
	return data, nil
}
