package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// helper is a command with a long help.
type helper interface{ Help() string }

// longHelp is a command's long help, "" for none.
func longHelp(n *kong.Node) string {
	if n.Target.IsValid() && n.Target.CanInterface() {
		if h, ok := n.Target.Interface().(helper); ok {
			return strings.TrimSpace(h.Help())
		}
		if n.Target.CanAddr() {
			if h, ok := n.Target.Addr().Interface().(helper); ok {
				return strings.TrimSpace(h.Help())
			}
		}
	}
	return ""
}

// leaves is the commands that do something, in the order of the help.
func leaves(n *kong.Node) []*kong.Node {
	var out []*kong.Node
	for _, c := range n.Children {
		switch {
		case c.Hidden:
		case len(c.Children) > 0:
			out = append(out, leaves(c)...)
		default:
			out = append(out, c)
		}
	}
	return out
}

// commandName is a command with the ones that it is below: "config show".
func commandName(n *kong.Node) string {
	name := n.Name
	for p := n.Parent; p != nil && p.Type == kong.CommandNode; p = p.Parent {
		name = p.Name + " " + name
	}
	return name
}

// synopsis is a command's arguments: "FILE [ABOUT]".
func synopsis(n *kong.Node) string {
	var out []string
	for _, p := range n.Positional {
		s := strings.ToUpper(p.Name)
		if p.IsCumulative() {
			s += "..."
		}
		if !p.Required {
			s = "[" + s + "]"
		}
		out = append(out, s)
	}
	for _, f := range n.Flags {
		if f.Required {
			out = append(out, "--"+f.Name+" "+strings.ToUpper(valueName(f)))
		}
	}
	return strings.Join(append(out, "[FLAGS]"), " ")
}

// flagText is a flag with the value that it takes: "-f, --format text|json".
func flagText(f *kong.Flag) string {
	out := "--" + f.Name
	if f.Short != 0 {
		out = fmt.Sprintf("-%c, %s", f.Short, out)
	}
	if f.IsBool() {
		return out
	}
	return out + " " + valueName(f)
}

func valueName(f *kong.Flag) string {
	if f.Enum != "" {
		return strings.Join(enumOf(f.Value), "|")
	}
	if f.PlaceHolder != "" {
		return f.PlaceHolder
	}
	return strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
}

// enumOf is the values that are allowed, without the empty one that stands for none.
func enumOf(v *kong.Value) []string {
	return slices.DeleteFunc(strings.Split(v.Enum, ","), func(s string) bool { return s == "" })
}

// ownFlags is a command's flags without those that say how to run a model, which every such command shares; shared says whether
// there are any.
func ownFlags(n, run *kong.Node) (own []*kong.Flag, shared bool) {
	common := runFlags(run)
	for _, f := range n.Flags {
		switch {
		case f.Hidden || f.Name == "help":
		case slices.Contains(common, f.Name) && f.Name != "stage":
			shared = true
		default:
			own = append(own, f)
		}
	}
	return own, shared
}

// runFlags is the flags that say how to run a model.
func runFlags(run *kong.Node) []string {
	return slices.DeleteFunc(flagNames(run.Flags), func(s string) bool { return s == "help" || ofRunAlone(s) })
}

// ofRunAlone says whether a flag of the command run says what to do with the run, and not how to run.
func ofRunAlone(flag string) bool { return flag == "record" || flag == "tosa" || flag == "accuracy" }
