package cli

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// commandPages is a page of Markdown for each command, by file name, and an index. They are committed under docs/commands.
func commandPages(app *kong.Application) map[string]string {
	out := map[string]string{}
	run := command(app.Node, "run")
	var index strings.Builder
	index.WriteString("# Commands\n\n| command | does |\n|---|---|\n")
	for _, c := range leaves(app.Node) {
		name := strings.ReplaceAll(commandName(c), " ", "-") + ".md"
		out[name] = commandPage(c, run)
		fmt.Fprintf(&index, "| [seam %s](%s) | %s |\n", commandName(c), name, cellText(c.Help))
	}
	index.WriteString("\n## Flags for running a model\n\nThe commands that run a model take all of these.\n\n")
	common := runFlags(run)
	var shared []*kong.Flag
	for _, f := range run.Flags {
		for _, n := range common {
			if f.Name == n {
				shared = append(shared, f)
			}
		}
	}
	flagTable(&index, shared)
	index.WriteString("\n## Flags of all commands\n\n")
	flagTable(&index, app.Flags)
	index.WriteString("\nEach flag can be set by SEAM_ and its name in the environment; those of the two lists also in a settings file: see " +
		"[seam config show](config-show.md).\n\n## Exit codes\n\n| code | meaning |\n|---|---|\n")
	for _, x := range exitCodes {
		fmt.Fprintf(&index, "| %d | %s |\n", x.code, cellText(x.text))
	}
	out["README.md"] = index.String()
	return out
}

func commandPage(c, run *kong.Node) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# seam %s\n\n%s\n\n```\nseam %s %s\n```\n", commandName(c), c.Help, commandName(c), synopsis(c))
	if h := longHelp(c); h != "" {
		fmt.Fprintf(&b, "\n```\n%s\n```\n", h)
	}
	if len(c.Positional) > 0 {
		b.WriteString("\n| argument | meaning |\n|---|---|\n")
		for _, p := range c.Positional {
			fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ToUpper(p.Name), cellText(p.Help))
		}
	}
	own, shared := ownFlags(c, run)
	if len(own) > 0 {
		b.WriteByte('\n')
		flagTable(&b, own)
	}
	if shared {
		b.WriteString("\nAnd the flags [for running a model](README.md#flags-for-running-a-model).\n")
	}
	b.WriteString("\nAnd the flags [of all commands](README.md#flags-of-all-commands).\n")
	return b.String()
}

func flagTable(b *strings.Builder, flags []*kong.Flag) {
	b.WriteString("| flag | meaning | default |\n|---|---|---|\n")
	for _, f := range flags {
		def := ""
		if f.Default != "" {
			def = "`" + f.Default + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", strings.ReplaceAll(flagText(f), "|", `\|`), cellText(f.Help), def)
	}
}

// cellText is a text in a cell of a table.
func cellText(s string) string { return strings.ReplaceAll(oneLine(s), "|", `\|`) }
