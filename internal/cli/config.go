package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"seam/internal/pipeline"
)

type configGroup struct {
	Path configPathCmd `cmd:"" help:"Say where settings, themes and the log are."`
	Show configShowCmd `cmd:"" help:"Print the settings in force."`
}

type configPathCmd struct{}

type pathJSON struct {
	What  string `json:"what"`
	Path  string `json:"path"` // "" for none
	There bool   `json:"there"`
}

// Run prints paths, whether or not the files can be read.
func (configPathCmd) Run(e *env) error {
	user, _ := userFile(e.args)
	rows := []pathJSON{
		{What: "user", Path: user},
		{What: "project", Path: upward(projectFile)},
		{What: "rules", Path: upward(rulesFile)},
		{What: "themes", Path: themeDir()},
		{What: "log", Path: e.opts.LogFile},
	}
	for i, r := range rows {
		if r.Path != "" {
			_, err := os.Stat(r.Path)
			rows[i].There = err == nil
		}
	}
	if e.opts.JSON {
		return printJSON(e.stdout, rows)
	}
	return table(e.stdout, func(row func(...any)) {
		for _, r := range rows {
			switch {
			case r.Path == "":
				row(r.What, "none")
			case !r.There:
				row(r.What, filepath.Clean(r.Path)+" (not there)")
			default:
				row(r.What, filepath.Clean(r.Path))
			}
		}
	})
}

type configShowCmd struct {
	Origin bool `help:"Say where each value comes from."`
}

// Help is the long help.
func (configShowCmd) Help() string {
	return `A flag wins over the environment (SEAM_ and the flag's name, SEAM_NO_MOUSE=1), that over .seam.yaml in this folder or above, and
that over the user's config.yaml. Both files hold names of flags with values; paths in them are relative to the file.`
}

type settingJSON struct {
	Name   string `json:"name"`
	Value  any    `json:"value"`
	Origin string `json:"origin"`
}

// Run prints the settings as a settings file has them.
func (c *configShowCmd) Run(e *env) error {
	rows := []settingJSON{}
	for _, f := range sharedFlags(e.app) {
		rows = append(rows, e.setting(f))
	}
	if e.opts.JSON {
		return printJSON(e.stdout, rows)
	}
	return table(e.stdout, func(row func(...any)) {
		for _, r := range rows {
			line := []any{r.Name + ": " + settingText(r.Value)}
			if c.Origin {
				line = append(line, "# "+r.Origin)
			}
			row(line...)
		}
	})
}

// setting is a flag's value in force.
func (e *env) setting(f *kong.Flag) settingJSON {
	if e.set.explicit[f.Name] {
		return settingJSON{f.Name, fmt.Sprint(f.Target.Interface()), "flag"}
	}
	if v, origin, ok := e.set.lookup(f); ok {
		return settingJSON{f.Name, v, origin}
	}
	value := any(f.Default)
	switch {
	case f.IsSlice():
		value = []any{}
	case f.IsBool():
		value = "false"
	case effective(f.Name) != "":
		value = effective(f.Name)
	}
	return settingJSON{f.Name, value, "default"}
}

// effective is what holds where a flag is not set.
func effective(flag string) string {
	c := pipeline.DefaultConfig(latest())
	switch flag {
	case "pack":
		return c.Release
	case "annotator":
		return c.Annotator.String()
	case "target":
		return c.Target
	case "quant":
		return c.Args.Preset.String()
	}
	return ""
}

// settingText is a value as YAML.
func settingText(v any) string {
	list, ok := v.([]any)
	if !ok {
		return scalarText(fmt.Sprint(v))
	}
	var out []string
	for _, x := range list {
		out = append(out, scalarText(fmt.Sprint(x)))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// scalarText quotes what YAML would read as something else than this text.
func scalarText(s string) string {
	if s == "" || strings.ContainsAny(s, ":#{}[],&*!|>'\"%@` ") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return s
}
