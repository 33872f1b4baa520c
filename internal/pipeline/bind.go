package pipeline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"seam/model"
	"seam/quant"
)

// isQuantized says whether a graph already holds quantize or dequantize nodes: it enters at the converted stage.
func isQuantized(g *model.Graph) bool {
	for i := range g.Len() {
		if t := g.Node(model.NodeID(i)).Target; quant.IsQuantize(t) || quant.IsDequantize(t) {
			return true
		}
	}
	return false
}

// bindings is the size of every symbol, none if shapes stay as captured.
//
//	errors  an unknown symbol or dimension, a size outside its range; the text lists the symbols
func (r *Runner) bindings(cfg Config) ([]Binding, error) {
	g := r.model.Graph
	if len(g.Symbols) == 0 || !cfg.Static && cfg.Shapes == "" {
		if cfg.Shapes != "" {
			return nil, fmt.Errorf("--shape %s: the model has no symbolic shapes", cfg.Shapes)
		}
		return nil, nil
	}
	given, err := r.shapeFlags(cfg.Shapes)
	if err != nil {
		return nil, err
	}
	first := r.firstBatch()
	var out []Binding
	for _, s := range g.Symbols {
		if !isSymbol(s.Expr) {
			continue
		}
		b := Binding{Symbol: s.Expr, Size: s.Hint, Origin: "hint"}
		if n, ok := first[s.Expr]; ok {
			b.Size, b.Origin = n, "first batch"
		}
		if n, ok := given[s.Expr]; ok {
			b.Size, b.Origin = n, "--shape"
		}
		if b.Size < 0 {
			return nil, fmt.Errorf("symbol %s has no size: give --shape %s=N; %s", s.Expr, s.Expr, r.symbolList())
		}
		if b.Size < s.Min || s.Max >= 0 && b.Size > s.Max {
			return nil, fmt.Errorf("%s=%d is outside its range; %s", s.Expr, b.Size, r.symbolList())
		}
		out = append(out, b)
	}
	return out, nil
}

func isSymbol(expr string) bool {
	return expr != "" && !strings.ContainsAny(expr, " +-*/()%,")
}

// shapeFlags reads "s69=64;emg.2=64" into sizes by symbol.
func (r *Runner) shapeFlags(text string) (map[string]int64, error) {
	out := map[string]int64{}
	for _, part := range strings.Split(text, ";") {
		if part == "" {
			continue
		}
		key, val, _ := strings.Cut(part, "=")
		n, err := strconv.ParseInt(val, 10, 64)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("--shape %s: want SYMBOL=N or ARGUMENT.DIM=N; %s", part, r.symbolList())
		}
		sym := r.symbolOf(key)
		if sym == "" {
			return nil, fmt.Errorf("--shape %s: no symbol and no symbolic dimension %q; %s", part, key, r.symbolList())
		}
		out[sym] = n
	}
	return out, nil
}

// symbolOf is the symbol that a key names: itself, or that of an argument's dimension.
func (r *Runner) symbolOf(key string) string {
	g := r.model.Graph
	for _, s := range g.Symbols {
		if s.Expr == key && isSymbol(key) {
			return key
		}
	}
	name, dim, ok := cutLast(key, '.')
	d, err := strconv.Atoi(dim)
	if !ok || err != nil {
		return ""
	}
	for _, n := range g.UserInputs() {
		x := g.Node(n)
		if x.Name != name && x.Target != name || d < 0 || d >= x.Type.T.Shape.Rank() {
			continue
		}
		if e := x.Type.T.Shape.At(d); e.Symbolic() && isSymbol(g.Symbols[-e-1].Expr) {
			return g.Symbols[-e-1].Expr
		}
	}
	return ""
}

func cutLast(s string, sep byte) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// symbolList is the symbols with their ranges and the inputs' dimensions that they stand for.
func (r *Runner) symbolList() string {
	g := r.model.Graph
	var parts []string
	for i, s := range g.Symbols {
		if !isSymbol(s.Expr) {
			continue
		}
		var at []string
		for _, n := range g.UserInputs() {
			sh := g.Node(n).Type.T.Shape
			for d := range sh.Rank() {
				if sh.At(d) == model.SymDim(i) {
					at = append(at, fmt.Sprintf("%s.%d", g.Node(n).Target, d))
				}
			}
		}
		limit := "or more"
		if s.Max >= 0 {
			limit = fmt.Sprintf("to %d", s.Max)
		}
		parts = append(parts, fmt.Sprintf("%s (%d %s; %s)", s.Expr, s.Min, limit, strings.Join(at, ", ")))
	}
	return "symbols: " + strings.Join(parts, ", ")
}

// firstBatch is the sizes that the first batch gives to symbols.
func (r *Runner) firstBatch() map[string]int64 {
	out := map[string]int64{}
	if r.data == nil || r.data.Synthetic || len(r.data.Batches) == 0 {
		return out
	}
	g := r.model.Graph
	for i, n := range g.UserInputs() {
		if i >= len(r.data.Batches[0]) || r.data.Batches[0][i] == nil {
			continue
		}
		have, want := r.data.Batches[0][i].Shape, g.Node(n).Type.T.Shape
		for d := range min(have.Rank(), want.Rank()) {
			if e := want.At(d); e.Symbolic() && isSymbol(g.Symbols[-e-1].Expr) {
				out[g.Symbols[-e-1].Expr] = int64(have.At(d))
			}
		}
	}
	return out
}

func bindText(b []Binding) string {
	parts := make([]string, len(b))
	for i, x := range b {
		parts[i] = fmt.Sprintf("%s=%d", x.Symbol, x.Size)
	}
	slices.Sort(parts)
	return strings.Join(parts, ";")
}
