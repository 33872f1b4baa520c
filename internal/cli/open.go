package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seam/internal/convert"
	"seam/internal/pipeline"
	"seam/internal/snapshot"
	"seam/model"
	"seam/themes"
	"seam/ui"
)

// openCmd is the screen. Without a terminal it prints the summary.
type openCmd struct {
	Model string `arg:"" optional:"" name:"file" help:"Exported program (.pt2), - for standard input; the embedded sample without it."`
	configFlags
	Watch bool `help:"Follow the file: show it again when it changes."`
}

// Run shows the model.
func (c *openCmd) Run(e *env) error {
	if c.Watch && c.Model == fromInput {
		return usagef("--watch: standard input does not change")
	}
	if f, err := openTOSA(c.Model); f != nil || err != nil {
		if err != nil {
			return err
		}
		return c.showTOSA(e, f)
	}
	s, source, err := c.session(e)
	if err != nil {
		return err
	}
	piped := c.Model == fromInput // keys come from the terminal itself then
	if e.opts.Plain || e.opts.JSON || !piped && !isTerminal(e.stdin) || !isTerminal(e.stdout) {
		return c.summary(e, s)
	}
	theme, err := e.theme()
	if err != nil {
		return err
	}
	o, err := c.screen(e, s, theme)
	if err != nil {
		return err
	}
	o.Source = source
	s.runner.LogTo(e.log)
	return shown(e, ui.Run(e.ctx, o))
}

// shown is how the screen ended.
func shown(e *env, err error) error {
	if e.ctx.Err() != nil || errors.Is(err, tea.ErrInterrupted) { // a signal, or ctrl+c on the screen, which is restored by now
		return codeError(ExitInterrupted)
	}
	return err
}

func (c *openCmd) summary(e *env, s *session) error {
	res, err := s.run(e)
	if err != nil {
		return err
	}
	if e.opts.JSON {
		return printJSON(e.stdout, newRunJSON(res))
	}
	if !e.opts.Plain {
		fmt.Fprintln(e.stderr, "seam: no terminal, so this is the summary; seam show, explain and snapshot print more")
	}
	return printRun(e.stdout, res)
}

// session opens the model, or the sample, and the source that goes with it.
func (c *openCmd) session(e *env) (*session, func(string) ([]byte, error), error) {
	if c.Model == "" {
		return c.sample()
	}
	f := modelFlags{c.Model, c.configFlags}
	s, err := f.open()
	if err != nil {
		return nil, nil, err
	}
	return s, sourceBeside(c.Model), nil
}

// sourceBeside looks for a source file under the working directory, then beside the model.
func sourceBeside(path string) func(string) ([]byte, error) {
	return func(file string) ([]byte, error) {
		b, err := os.ReadFile(file)
		if err != nil {
			b, err = os.ReadFile(filepath.Join(filepath.Dir(path), filepath.Base(file)))
		}
		return b, err
	}
}

// theme is the theme that was asked for; nil lets the screen choose by the terminal's background.
func (e *env) theme() (*themes.Theme, error) {
	name := e.opts.Theme
	switch {
	case e.opts.NoColor, e.opts.Color == "never", os.Getenv("NO_COLOR") != "" && !e.set.explicit["color"] && !e.set.explicit["theme"]:
		name = "mono"
	case name == "auto":
		return nil, nil
	}
	t, err := themes.Open(themeDir(), name)
	if err != nil {
		return nil, usagef("--theme: %w", err)
	}
	return t, nil
}

// themeDir is where the user's themes are.
func themeDir() string { return filepath.Join(configDir(), "themes") }

// utf8Locale says whether the environment's locale is UTF-8. Without any variable the locale is "C", which is not.
func utf8Locale() bool {
	for _, v := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if s := os.Getenv(v); s != "" {
			s = strings.ToLower(strings.ReplaceAll(s, "-", ""))
			return strings.Contains(s, "utf8")
		}
	}
	return false
}

// export writes what the screen asks for, with the causes of what stays on the CPU.
func (s *session) export(ctx context.Context) func(string, *pipeline.Result, string) error {
	return func(kind string, res *pipeline.Result, path string) error {
		if kind == ui.ExportPatch {
			return writePatch(path, res.Config)
		}
		var why []model.Explanation
		if res.Part != nil && !res.Reached(pipeline.TOSA) && len(res.Part.Parts) > 0 { // a snapshot is the same whatever was looked at
			var err error
			if res, err = s.runner.Lower(ctx, res, nil); err != nil {
				return err
			}
		}
		if res.Part != nil {
			var err error
			if why, err = s.explain(ctx, res, ""); err != nil {
				return err
			}
		}
		d := snapshot.New(res, Version, why)
		losses, err := s.runner.Losses(ctx, res)
		if err != nil {
			return fmt.Errorf("resolution lost: %w", err)
		}
		d.AddLosses(res, losses)
		switch kind {
		case ui.ExportJSON:
			return snapshot.WriteFile(path, d.WriteJSON)
		case ui.ExportMarkdown:
			return snapshot.WriteFile(path, d.WriteMarkdown)
		case ui.ExportDOT, ui.ExportMermaid, ui.ExportExplorer, ui.ExportSVG, ui.ExportHTML:
			return snapshot.WriteFile(path, func(w io.Writer) error { return convert.Write(w, d, kind) })
		}
		return fmt.Errorf("export: format %q is not known", kind)
	}
}
