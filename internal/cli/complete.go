package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"seam/ethosu"
	"seam/internal/pipeline"
	"seam/quant"
)

type completionCmd struct {
	Shell string `arg:"" help:"bash, zsh, fish or powershell." enum:"bash,zsh,fish,powershell"`
}

// Help is the long help.
func (completionCmd) Help() string {
	return `The script asks seam itself, so it knows the packs, targets and list entries of the seam that is installed:
  source <(seam completion bash)
  seam completion zsh > "${fpath[1]}/_seam"
  seam completion fish > ~/.config/fish/completions/seam.fish
  seam completion powershell >> $PROFILE`
}

// The scripts hand the words up to the cursor to "seam __complete", which prints one candidate a line, and a description behind a
// tab. No candidate means a file.
const (
	bashScript = `# completion of seam for bash
_seam() {
  local cur line words word full prefix reply
  cur="${COMP_WORDS[COMP_CWORD]}"
  line="${COMP_LINE:0:COMP_POINT}"
  read -r -a words <<<"$line"
  [[ "$line" == *" " ]] && words+=("")
  full="${words[${#words[@]}-1]}"
  [[ "$cur" == "=" || "$cur" == ":" ]] && cur=""
  prefix="${full%"$cur"}"
  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    [[ -n "$word" ]] && COMPREPLY+=("${word#"$prefix"}")
  done < <(seam __complete -- "${words[@]:1}" 2>/dev/null)
  if [[ ${#COMPREPLY[@]} -eq 0 ]]; then
    compopt -o default 2>/dev/null
  elif [[ ${#COMPREPLY[@]} -eq 1 && "${COMPREPLY[0]}" == *= ]]; then
    compopt -o nospace 2>/dev/null
  fi
}
complete -F _seam seam
`
	zshScript = `#compdef seam
# completion of seam for zsh
_seam() {
  local -a found
  found=("${(@f)$(seam __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=("${(@)found%%$'\t'*}")
  if [[ -z "${found[1]}" ]]; then
    _files
  else
    compadd -- "${found[@]}"
  fi
}
compdef _seam seam
`
	fishScript = `# completion of seam for fish
function __seam_complete
  set -l found (seam __complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c seam -f -a '(__seam_complete)'
`
	powershellScript = `# completion of seam for PowerShell
Register-ArgumentCompleter -Native -CommandName seam -ScriptBlock {
  param($word, $line, $cursor)
  $words = @($line.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -le $cursor } | ForEach-Object { $_.ToString() })
  if ($word -eq '') { $words += '""' }
  seam __complete -- @words 2>$null | ForEach-Object {
    $found, $help = $_ -split "` + "`" + `t", 2
    if ($found -and $found.StartsWith($word)) {
      if (-not $help) { $help = $found }
      [System.Management.Automation.CompletionResult]::new($found, $found, 'ParameterValue', $help)
    }
  }
}
`
)

// Run prints the script.
func (c *completionCmd) Run(e *env) error {
	script := map[string]string{"bash": bashScript, "zsh": zshScript, "fish": fishScript, "powershell": powershellScript}[c.Shell]
	_, err := fmt.Fprint(e.stdout, script)
	return err
}

type completeCmd struct {
	Words []string `arg:"" optional:"" passthrough:"" help:"The words up to the cursor."`
}

// Run prints the candidates for the last word.
func (c *completeCmd) Run(e *env) error {
	words := c.Words
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	if n := len(words); n > 0 && words[n-1] == `""` { // how PowerShell hands an empty word over
		words[n-1] = ""
	}
	for _, x := range candidates(e.app, words) {
		line := x.word
		if x.help != "" {
			line += "\t" + x.help
		}
		if _, err := fmt.Fprintln(e.stdout, line); err != nil {
			return err
		}
	}
	return nil
}

// candidate is a word that fits, with what it does.
type candidate struct{ word, help string }

// candidates is what fits the last of the words; none where a file is wanted.
func candidates(app *kong.Application, words []string) []candidate {
	last := ""
	if len(words) > 0 {
		last, words = words[len(words)-1], words[:len(words)-1]
	}
	node, open, given := app.Node, (*kong.Flag)(nil), 0
	for _, w := range words {
		switch {
		case open != nil:
			open = nil
		case strings.HasPrefix(w, "-"):
			if f := flagOf(node, w); f != nil && !f.IsBool() && !strings.Contains(w, "=") {
				open = f
			}
		case command(node, w) != nil && given == 0:
			node = command(node, w)
		default:
			given++
		}
	}
	var out []candidate
	name, _, assigned := strings.Cut(last, "=")
	switch {
	case open != nil:
		out = values(open.Value)
	case strings.HasPrefix(last, "--") && assigned:
		if f := flagOf(node, name); f != nil {
			for _, v := range values(f.Value) {
				out = append(out, candidate{name + "=" + v.word, v.help})
			}
		}
	case strings.HasPrefix(last, "-"):
		out = flagCandidates(node)
	default:
		out = operands(node, given)
	}
	return slices.DeleteFunc(out, func(c candidate) bool { return !strings.HasPrefix(c.word, last) })
}

// flagOf is the flag that a word names, in the command or what it is below; nil for none.
func flagOf(n *kong.Node, word string) *kong.Flag {
	word, _, _ = strings.Cut(word, "=")
	for ; n != nil; n = n.Parent {
		for _, f := range visible(n) {
			if word == "--"+f.Name || f.Short != 0 && word == "-"+string(f.Short) {
				return f
			}
		}
	}
	return nil
}

// visible is a command's flags, with those of the default command.
func visible(n *kong.Node) []*kong.Flag {
	out := n.Flags
	if n.DefaultCmd != nil {
		out = slices.Concat(out, n.DefaultCmd.Flags)
	}
	return out
}

func flagCandidates(n *kong.Node) []candidate {
	var out []candidate
	seen := map[string]bool{}
	for ; n != nil; n = n.Parent {
		for _, f := range visible(n) {
			if !f.Hidden && !seen[f.Name] {
				seen[f.Name] = true
				out = append(out, candidate{"--" + f.Name, oneLine(f.Help)})
			}
		}
	}
	return out
}

// operands is commands, or the values of the argument that comes next.
func operands(n *kong.Node, given int) []candidate {
	var out []candidate
	if given == 0 {
		for _, c := range n.Children {
			if !c.Hidden {
				out = append(out, candidate{c.Name, oneLine(c.Help)})
			}
		}
	}
	if len(n.Positional) > 0 {
		out = append(out, values(n.Positional[min(given, len(n.Positional)-1)])...)
	}
	return out
}

// values is what a flag or an argument takes, as far as that is known.
func values(v *kong.Value) []candidate {
	var words []string
	switch {
	case v.Enum != "":
		words = enumOf(v)
	case v.Name == "pack":
		words = pipeline.Packs()
	case v.Name == "target":
		words = ethosu.KnownTargets()
	case v.Name == "theme":
		words = []string{"auto", "dark", "light", "high-contrast", "mono"}
	case v.Name == "stage":
		for s := range pipeline.TOSA {
			words = append(words, s.String())
		}
	case v.Name == "set":
		words = entries()
	}
	var out []candidate
	for _, w := range words {
		out = append(out, candidate{word: w})
	}
	return out
}

// entries is the edits of the newest pack's lists that change something.
func entries() []string {
	var out []string
	for _, f := range pipeline.Families(pipeline.DefaultConfig(latest())) {
		for _, x := range f.Entries {
			out = append(out, quant.Edit{Family: f.Name, Op: x.Op, On: !x.On}.String())
		}
	}
	return out
}
