package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/goccy/go-yaml"

	"seam/internal/pipeline"
	"seam/model/load"
	"seam/themes"
	"seam/ui"
)

// screen is what the screen needs of the machine: files, the editor, the person's keys and themes.
func (c *openCmd) screen(e *env, s *session, theme *themes.Theme) (ui.Options, error) {
	keys, err := readKeys(filepath.Join(configDir(), "keys.yaml"))
	if err != nil {
		return ui.Options{}, err
	}
	o := ui.Options{
		Runner: s.runner, Config: s.cfg, Title: filepath.Base(s.model.Path), Theme: theme,
		ASCII: e.opts.ASCII || !utf8Locale(), NoMouse: e.opts.NoMouse, Export: s.export(e.ctx), Landed: relaxGC,
		Keys: keys, Themes: themeNames(themeDir()), Greeting: firstUse(stateDir()), Scenario: c.Scenario, Save: writeScenario, Load: replay,
		OpenTheme: func(name string) (*themes.Theme, error) { return themes.Open(themeDir(), name) },
	}
	if editor := cmpEnv("VISUAL", "EDITOR"); editor != "" {
		o.Editor = editAt(editor, c.Model)
	}
	if c.Watch && c.Model != "" {
		o.Export, o.Reload = s.follow(e.ctx, newWatch(c.Model, c.Calib))
	}
	return o, nil
}

// cmpEnv is the first of some environment variables that is set.
func cmpEnv(names ...string) string {
	for _, n := range names {
		if v := os.Getenv(n); v != "" {
			return v
		}
	}
	return ""
}

// configDir and stateDir are where the person's settings are, and where seam keeps what it has to remember.
func configDir() string { return userDir("XDG_CONFIG_HOME", ".config") }
func stateDir() string  { return userDir("XDG_STATE_HOME", ".local/state") }

// userDir is seam's folder below that of an environment variable, or below the home folder.
func userDir(env, below string) string {
	base := os.Getenv(env)
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "seam"
		}
		base = filepath.Join(home, below)
	}
	return filepath.Join(base, "seam")
}

// firstUse says whether the screen is opened for the first time, and remembers that it was. Where nothing can be written it
// is not the first time: a greeting that comes back is in the way.
func firstUse(dir string) bool {
	path := filepath.Join(dir, "greeted")
	if _, err := os.Stat(path); err == nil {
		return false
	}
	if os.MkdirAll(dir, 0o755) != nil {
		return false
	}
	return os.WriteFile(path, nil, 0o644) == nil
}

// readKeys reads keys.yaml: commands of the screen, each with its keys, such as "why: [w, f1]". No file is no mapping.
func readKeys(path string) (map[string][]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, inputError{fmt.Errorf("keys: %w", err)}
	}
	defer f.Close()
	keys := map[string][]string{}
	if err := yaml.NewDecoder(io.LimitReader(f, 1<<20)).Decode(&keys); err != nil && !errors.Is(err, io.EOF) {
		return nil, usageError{yamlError(path, err)}
	}
	if bad := ui.UnknownCommands(keys); len(bad) > 0 {
		return nil, usagef("%s: no command %s: ctrl+p on the screen lists them", path, strings.Join(bad, ", "))
	}
	return keys, nil
}

// themeNames lists the themes in a folder.
func themeNames(dir string) []string {
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	var out []string
	for _, f := range files {
		out = append(out, strings.TrimSuffix(filepath.Base(f), ".json"))
	}
	return out
}

// replay is a configuration with a scenario's changes, and no others of the kind that no release has.
func replay(path string, base pipeline.Config) (pipeline.Config, error) {
	base.Edits, base.Checks, base.Force = "", "", ""
	return withScenario(base, path)
}

// editorCmd is an editor as the screen starts it.
type editorCmd struct{ *exec.Cmd }

func (c editorCmd) SetStdin(r io.Reader)  { c.Stdin = r }
func (c editorCmd) SetStdout(w io.Writer) { c.Stdout = w }
func (c editorCmd) SetStderr(w io.Writer) { c.Stderr = w }

// editAt opens a source file at a line: the file itself, or that of its name beside the model.
func editAt(editor, model string) func(string, int) (ui.Command, error) {
	return func(file string, line int) (ui.Command, error) {
		if _, err := os.Stat(file); err != nil {
			beside := filepath.Join(filepath.Dir(model), filepath.Base(file))
			if _, err2 := os.Stat(beside); err2 != nil {
				return nil, fmt.Errorf("open the source: %w", err)
			}
			file = beside
		}
		args := strings.Fields(editor)
		return editorCmd{exec.Command(args[0], append(args[1:], "+"+strconv.Itoa(line), file)...)}, nil
	}
}

// watch waits for changes of a model's file.
type watch struct {
	path, calib string
	every       time.Duration
	seen        stamp
}

// follow is the reading of a file that changes, and an export that explains what was read last.
func (s *session) follow(ctx context.Context, w *watch) (func(string, *pipeline.Result, string) error, func(context.Context) (*pipeline.Runner, error)) {
	var now atomic.Pointer[pipeline.Runner]
	now.Store(s.runner)
	export := func(kind string, res *pipeline.Result, path string) error {
		t := *s
		t.runner = now.Load()
		return t.export(ctx)(kind, res, path)
	}
	return export, func(ctx context.Context) (*pipeline.Runner, error) {
		r, err := w.next(ctx)
		if err == nil {
			now.Store(r)
		}
		return r, err
	}
}

// stamp is what tells two states of a file apart.
type stamp struct {
	size int64
	at   time.Time
}

// watchEvery is how often the file is looked at.
const watchEvery = 500 * time.Millisecond

func newWatch(path, calib string) *watch {
	return &watch{path: path, calib: calib, every: watchEvery, seen: stampOf(path)}
}

func stampOf(path string) stamp {
	if i, err := os.Stat(path); err == nil {
		return stamp{i.Size(), i.ModTime()}
	}
	return stamp{}
}

// next waits until the file has changed, and reads it.
func (w *watch) next(ctx context.Context) (*pipeline.Runner, error) {
	if err := w.changed(ctx); err != nil {
		return nil, err
	}
	m, err := load.Open(w.path)
	if err != nil {
		return nil, err
	}
	data, err := loadData(w.calib, m)
	if err != nil {
		return nil, err
	}
	return pipeline.New(m, data), nil
}

// changed waits until the file has changed, and has been left alone between two looks: it may still be written.
func (w *watch) changed(ctx context.Context) error {
	t := time.NewTicker(w.every)
	defer t.Stop()
	last := w.seen
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
		now := stampOf(w.path)
		if now != w.seen && now == last && now != (stamp{}) {
			w.seen = now
			return nil
		}
		last = now
	}
}
