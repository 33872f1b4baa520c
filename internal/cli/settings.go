package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml/ast"

	"seam/internal/yamlfile"
)

// projectFile is the project's settings, looked for upward from the working directory.
const projectFile = ".seam.yaml"

// pathSettings are files: in a settings file, relative to the folder of that.
var pathSettings = []string{"calib", "like", "scenario", "log-file"}

// notSettings are flags that only make sense on a command line.
var notSettings = []string{"help", "version", "config"}

// settings is what was set elsewhere than on the command line. A flag wins over the environment, that over the project's file, and
// that over the user's.
type settings struct {
	user, project *settingsFile // nil without one
	explicit      map[string]bool
}

// settingsFile is one file's values by flag name.
type settingsFile struct {
	path   string
	values map[string]setting
}

// setting is a value, a text or a list, and its line.
type setting struct {
	value any
	line  int
}

// userFile is the path of the user's settings, and whether it was chosen: then it must be there.
func userFile(args []string) (path string, chosen bool) {
	for i, a := range args {
		if a == "--" {
			break
		}
		if v, ok := strings.CutPrefix(a, "--config="); ok {
			return v, true
		}
		if a == "--config" && i+1 < len(args) {
			return args[i+1], true
		}
	}
	if v := os.Getenv("SEAM_CONFIG"); v != "" {
		return v, true
	}
	return filepath.Join(configDir(), "config.yaml"), false
}

// loadSettings reads the user's and the project's file.
//
//	known   the flags that may be set there
//	errors  a file that was chosen and cannot be read; a line that is wrong
func loadSettings(args []string, known []string) (*settings, error) {
	s := &settings{}
	path, chosen := userFile(args)
	_, err := os.Stat(path)
	if chosen || err == nil {
		if s.user, err = readSettings(path, known); err != nil {
			return s, err
		}
	}
	if path = upward(projectFile); path != "" {
		s.project, err = readSettings(path, known)
		return s, err
	}
	return s, nil
}

// readSettings reads one file: flag names and their values.
func readSettings(path string, known []string) (*settingsFile, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, inputError{fmt.Errorf("read settings: %w", err)}
	}
	file, err := yamlfile.Parse(data, path)
	if err != nil {
		return nil, usageError{err}
	}
	out := &settingsFile{path, map[string]setting{}}
	for _, doc := range file.Docs {
		switch body := doc.Body.(type) {
		case nil, *ast.NullNode, *ast.CommentGroupNode:
		case *ast.MappingNode:
			for _, kv := range body.Values {
				if err := out.add(kv, known); err != nil {
					return nil, err
				}
			}
		default:
			return nil, usagef("%s:%d: want names of flags with values", path, body.GetToken().Position.Line)
		}
	}
	return out, nil
}

func (f *settingsFile) add(kv *ast.MappingValueNode, known []string) error {
	name := strings.TrimSpace(kv.Key.GetToken().Value)
	line := kv.Key.GetToken().Position.Line
	_, twice := f.values[name]
	switch {
	case !slices.Contains(known, name):
		return usagef("%s:%d: no setting %q; seam config show lists them", f.path, line, name)
	case twice:
		return usagef("%s:%d: %s is set twice", f.path, line, name)
	}
	value, ok := settingValue(kv.Value)
	if !ok {
		return usagef("%s:%d: %s: want a value or a list of values", f.path, line, name)
	}
	if s, isText := value.(string); isText && slices.Contains(pathSettings, name) && s != "" && !filepath.IsAbs(s) {
		value = filepath.Join(filepath.Dir(f.path), s)
	}
	f.values[name] = setting{value, line}
	return nil
}

// settingValue is a scalar as text, or a list of scalars.
func settingValue(n ast.Node) (any, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.NullNode:
		return nil, false
	case ast.ScalarNode:
		return strings.TrimSpace(n.GetToken().Value), true
	case *ast.SequenceNode:
		out := []any{}
		for _, x := range n.Values {
			v, ok := settingValue(x)
			if _, isText := v.(string); !ok || !isText {
				return nil, false
			}
			out = append(out, v)
		}
		return out, true
	}
	return nil, false
}

// envName is the variable that sets a flag.
func envName(flag string) string {
	return "SEAM_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// lookup is the value of a flag that was not given, and where it comes from.
func (s *settings) lookup(flag *kong.Flag) (value any, origin string, ok bool) {
	if slices.Contains(notSettings, flag.Name) || flag.Hidden {
		return nil, "", false
	}
	if v := os.Getenv(envName(flag.Name)); v != "" {
		if flag.IsSlice() { // entries hold commas, so they are separated by semicolons
			list := []any{}
			for _, x := range strings.Split(v, ";") {
				list = append(list, x)
			}
			return list, envName(flag.Name), true
		}
		return v, envName(flag.Name), true
	}
	for _, f := range []*settingsFile{s.project, s.user} {
		if f == nil {
			continue
		}
		if v, ok := f.values[flag.Name]; ok {
			value = v.value
			if text, isText := value.(string); isText && flag.IsSlice() {
				value = []any{text}
			}
			return value, fmt.Sprintf("%s:%d", fromHere(f.path), v.line), true
		}
	}
	return nil, "", false
}

// Validate implements kong.Resolver.
func (s *settings) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver: it gives a flag that the command line does not set its value.
func (s *settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	v, _, ok := s.lookup(flag)
	if !ok {
		return nil, nil
	}
	return v, nil
}

// blame adds to an error about a flag's value where the value came from, if not from the command line.
func (s *settings) blame(err error, app *kong.Application) error {
	for _, f := range sharedFlags(app) {
		if _, origin, ok := s.lookup(f); ok && strings.Contains(err.Error(), "--"+f.Name+" ") {
			return fmt.Errorf("%w (set by %s)", err, origin)
		}
	}
	return err
}

// sharedFlags is the flags that every command has, and those that say how to run a model. These may be set in files.
func sharedFlags(app *kong.Application) []*kong.Flag {
	var out []*kong.Flag
	for _, list := range [][]*kong.Flag{app.Flags, command(app.Node, "run").Flags} {
		for _, f := range list {
			if !slices.Contains(notSettings, f.Name) && !f.Hidden && !ofRunAlone(f.Name) {
				out = append(out, f)
			}
		}
	}
	return out
}

func flagNames(flags []*kong.Flag) []string {
	var out []string
	for _, f := range flags {
		out = append(out, f.Name)
	}
	return out
}

// command is the command of that name below n, nil for none.
func command(n *kong.Node, name string) *kong.Node {
	for _, c := range n.Children {
		if c.Name == name {
			return c
		}
	}
	return nil
}
