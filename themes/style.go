package themes

import (
	"fmt"
	"strconv"
	"strings"
)

// Style is how a theme file draws one role.
type Style struct {
	FG        Color `json:"fg,omitzero"`
	BG        Color `json:"bg,omitzero"`
	Bold      bool  `json:"bold,omitempty"`
	Faint     bool  `json:"faint,omitempty"`
	Italic    bool  `json:"italic,omitempty"`
	Underline bool  `json:"underline,omitempty"`
	Reverse   bool  `json:"reverse,omitempty"`
	Strike    bool  `json:"strike,omitempty"`
}

// Color is "#rrggbb", one of the sixteen terminal colours by name ("red", "bright-red"), or "" for the terminal's own.
type Color string

var ansiNames = [...]string{"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"}

// over lays s on base: the attributes add up, and base shows where s has no colour of its own.
func (s Style) over(base Style) Style {
	if s.FG == "" {
		s.FG = base.FG
	}
	if s.BG == "" {
		s.BG = base.BG
	}
	s.Bold = s.Bold || base.Bold
	s.Faint = s.Faint || base.Faint
	s.Italic = s.Italic || base.Italic
	s.Underline = s.Underline || base.Underline
	s.Reverse = s.Reverse || base.Reverse
	s.Strike = s.Strike || base.Strike
	return s
}

// prefix is the escape sequence that switches s on, or "" if s is the terminal's own style.
func (s Style) prefix() (string, error) {
	var params []string
	for _, a := range [...]struct {
		on   bool
		code string
	}{{s.Bold, "1"}, {s.Faint, "2"}, {s.Italic, "3"}, {s.Underline, "4"}, {s.Reverse, "7"}, {s.Strike, "9"}} {
		if a.on {
			params = append(params, a.code)
		}
	}
	for _, c := range [...]struct {
		color Color
		shift int
	}{{s.FG, 0}, {s.BG, 10}} {
		code, err := c.color.params(c.shift)
		if err != nil {
			return "", err
		}
		if code != "" {
			params = append(params, code)
		}
	}
	if params == nil {
		return "", nil
	}
	return "\x1b[" + strings.Join(params, ";") + "m", nil
}

// params is the part of an SGR sequence that selects c. A shift of 0 gives the foreground and one of 10 the background,
// which is the distance of their code numbers.
func (c Color) params(shift int) (string, error) {
	if c == "" {
		return "", nil
	}
	if r, g, b, ok := c.rgb(); ok {
		return fmt.Sprintf("%d;2;%d;%d;%d", 38+shift, r, g, b), nil
	}
	name, bright := strings.CutPrefix(string(c), "bright-")
	for i, n := range ansiNames {
		if n != name {
			continue
		}
		if bright {
			return strconv.Itoa(90 + shift + i), nil
		}
		return strconv.Itoa(30 + shift + i), nil
	}
	return "", fmt.Errorf("colour %q is neither #rrggbb nor one of the sixteen names", string(c))
}

func (c Color) rgb() (r, g, b uint8, ok bool) {
	if len(c) != 7 || c[0] != '#' {
		return 0, 0, 0, false
	}
	v, err := strconv.ParseUint(string(c[1:]), 16, 32)
	return uint8(v >> 16), uint8(v >> 8), uint8(v), err == nil
}
