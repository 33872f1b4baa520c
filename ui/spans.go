package ui

import (
	"math"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"seam/internal/pipeline"
	"seam/model"
	"seam/quant"
	"seam/themes"
	"seam/ui/row"
)

func builtin(name string) *themes.Theme {
	t, ok := themes.Builtin(name)
	if !ok {
		return &themes.Theme{}
	}
	return t
}

const blanks = "                                                                                                    "

func space(n int) string {
	switch {
	case n <= 0:
		return ""
	case n <= len(blanks):
		return blanks[:n]
	}
	return strings.Repeat(" ", n)
}

// cell is s in exactly w cells, cut with an ellipsis.
func cell(s string, w int) string {
	if w <= 0 {
		return ""
	}
	n := row.Width(s)
	if n > w {
		s = ansi.Truncate(s, w, "…")
		n = row.Width(s)
	}
	return s + space(w-n)
}

// cellRight is cell, set to the right.
func cellRight(s string, w int) string {
	if n := row.Width(s); n < w {
		return space(w-n) + s
	}
	return cell(s, w)
}

// cellLeft is s in exactly w cells, cut at its beginning: of a path the end says most.
func cellLeft(s string, w int) string {
	if n := row.Width(s); n > w && w > 1 {
		s = ansi.TruncateLeft(s, n-w+1, "…")
	}
	return cell(s, w)
}

// fewCells is the width below which a column of names or operators leaves out what goes without saying.
const fewCells = 26

// shortName is a node's name for a column of w cells: of quantize and dequantize the kind and the number alone, and in a column
// of few cells neither the namespace nor the overload.
func shortName(s string, w int) string {
	rest := strings.TrimPrefix(s, "quantized_decomposed_")
	if strings.HasPrefix(rest, "quantize_per_") || strings.HasPrefix(rest, "dequantize_per_") {
		rest = strings.Replace(rest, "_default", "", 1)
		rest = strings.Replace(rest, "_per_tensor", "", 1)
		return strings.Replace(rest, "_per_channel", "_ch", 1)
	}
	if w < fewCells {
		s = strings.TrimPrefix(s, "aten_")
		s = strings.Replace(s, "_default", "", 1)
	}
	return s
}

// nameCell is a node's name, or a place's, in exactly w cells. One that is too long is cut in front of the number at its end,
// in which names differ.
func nameCell(s string, w int) string {
	if from, to, ok := strings.Cut(s, "->"); ok {
		s = shortName(from, w/2) + "->" + shortName(to, w/2)
	} else {
		s = shortName(s, w)
	}
	if row.Width(s) <= w || w < 8 {
		return cell(s, w)
	}
	n := len(s)
	for n > 0 && s[n-1] >= '0' && s[n-1] <= '9' {
		n--
	}
	if n < 2 || n == len(s) || s[n-1] != '_' || len(s)-n > 6 {
		return cell(s, w)
	}
	tail := s[n-1:]
	return ansi.Truncate(s, w-len(tail), "…") + tail
}

// scaleText is a scale in real units a step, with four digits.
func scaleText(v float64) string {
	s := strconv.FormatFloat(v, 'g', 4, 64)
	if strings.HasPrefix(s, "0.") {
		s = s[1:]
	}
	return strings.Replace(s, "e-0", "e-", 1)
}

// paramText is a place's scale and zero point; for several channels the range of the scales.
func paramText(ps []quant.QParam) string {
	switch len(ps) {
	case 0:
		return ""
	case 1:
		return "s=" + scaleText(ps[0].Scale) + " z=" + strconv.FormatInt(ps[0].Zero, 10)
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, p := range ps {
		lo, hi = min(lo, p.Scale), max(hi, p.Scale)
	}
	return "s=" + scaleText(lo) + ".." + scaleText(hi) + " x" + strconv.Itoa(len(ps)) + " channels"
}

// specText is a spec as the lists write it: I independent, S#n shared with group n, D derived, F fixed, - none.
func specText(q quant.QSpec, g quant.GroupID) (string, themes.Role) {
	switch q.Kind {
	case quant.Observed:
		return "I", themes.Independent
	case quant.Shared:
		if g < 0 {
			return "S#?", themes.Unknown
		}
		return "S#" + strconv.Itoa(int(g)), themes.Shared
	case quant.Derived:
		return "D", themes.Derived
	case quant.Fixed:
		return "F", themes.FixedSpec
	}
	return "-", themes.NoSpec
}

// specWord is a spec kind in words.
func specWord(k quant.SpecKind) string {
	if k == quant.Observed {
		return "independent"
	}
	return k.String()
}

// placeText is a placement as the lists write it, and its role.
func placeText(p pipeline.Placement) (string, themes.Role) {
	switch p.Kind {
	case pipeline.Delegated:
		return p.String(), themes.Delegate(p.Index)
	case pipeline.OnHost:
		return hostText(p), themes.Host
	case pipeline.Peeled:
		return ".", themes.Dim
	}
	return "", themes.Plain
}

// hostText is "H2" for the second island, "H" for a node on the CPU that is in none.
func hostText(p pipeline.Placement) string {
	if p.Index < 0 {
		return "H"
	}
	return p.String()
}

// placeWords is a placement as a sentence.
func placeWords(p pipeline.Placement) string {
	switch p.Kind {
	case pipeline.Delegated:
		return p.String() + " on the NPU"
	case pipeline.OnHost:
		return hostText(p) + " on the CPU"
	case pipeline.Peeled:
		return ". on the CPU, taken out at the edge of a delegate"
	}
	return ""
}

// bytesText writes 20480 as "20,480".
func bytesText(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// count writes 12345678 as "12.3M".
func count(n int64) string {
	switch {
	case n >= 1e9:
		return strconv.FormatFloat(float64(n)/1e9, 'f', 1, 64) + "G"
	case n >= 1e6:
		return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + "M"
	case n >= 1e4:
		return strconv.FormatFloat(float64(n)/1e3, 'f', 1, 64) + "k"
	}
	return strconv.FormatInt(n, 10)
}

// typeText is "float32[1,16,s0]"; "?" for what is not known.
func typeText(t model.Type, symbols []string) string {
	switch t.Kind {
	case model.TensorKind:
		return t.T.Format(symbols)
	case model.ListKind:
		out := make([]string, len(t.List))
		for i, e := range t.List {
			out[i] = e.Format(symbols)
		}
		return "(" + strings.Join(out, ", ") + ")"
	case model.SymKind:
		return t.Text
	}
	return "?"
}

var shortTypes = strings.NewReplacer("float", "f", "uint", "u", "int", "i")

// shortType is typeText in few cells: "f32[1,16,s0]".
func shortType(t model.Type, symbols []string) string {
	return shortTypes.Replace(typeText(t, symbols))
}

// locText is "networks.py:251" of a place in the user's program.
func locText(l model.Loc) string {
	if l.IsZero() {
		return ""
	}
	return l.File[strings.LastIndexByte(l.File, '/')+1:] + ":" + strconv.Itoa(l.Line)
}

// wrap cuts s into lines of at most w cells, between words where there are any. Line ends in s are kept.
func wrap(s string, w int) []string {
	w = max(w, 8)
	var out []string
	for _, para := range strings.Split(s, "\n") {
		cur, used := "", 0
		for _, word := range strings.SplitAfter(row.Sanitize(para), " ") {
			for _, piece := range chop(word, w) {
				if n := row.Width(strings.TrimRight(piece, " ")); used > 0 && used+n > w {
					out, cur, used = append(out, strings.TrimRight(cur, " ")), "", 0
				}
				cur += piece
				used += row.Width(piece)
			}
		}
		out = append(out, strings.TrimRight(cur, " "))
	}
	return out
}

// chop cuts a word that is wider than w into pieces that are not: behind slashes, or anywhere where there are none.
func chop(word string, w int) []string {
	if row.Width(word) <= w {
		return []string{word}
	}
	var out []string
	for _, part := range strings.SplitAfter(word, "/") {
		for row.Width(part) > w {
			head := ansi.Truncate(part, w, "")
			if head == "" {
				break
			}
			out, part = append(out, head), part[len(head):]
		}
		out = append(out, part)
	}
	return out
}
