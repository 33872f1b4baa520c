package pt2

import (
	"strconv"
	"strings"

	"seam/model"
)

// metaReader turns the metadata texts of nodes into model.Meta. Nodes of one line share most of it, so what was parsed is
// kept.
type metaReader struct {
	modules map[string][]model.Frame
	marks   map[string]model.Mark
	metas   map[nodeMeta]*model.Meta
}

func newMetaReader() *metaReader {
	return &metaReader{map[string][]model.Frame{}, map[string]model.Mark{}, map[nodeMeta]*model.Meta{}}
}

// of is the Meta of a node, nil if the file says nothing.
func (r *metaReader) of(m nodeMeta) *model.Meta {
	m.custom = ""
	if m == (nodeMeta{}) {
		return nil
	}
	if have := r.metas[m]; have != nil {
		return have
	}
	frames, ok := r.modules[m.modules]
	if !ok {
		frames = parseModules(m.modules)
		r.modules[m.modules] = frames
	}
	out := &model.Meta{Loc: userLine(m.trace, frames), Modules: frames, TorchFn: clean(m.fn), Trace: clean(m.trace)}
	r.metas[m] = out
	return out
}

// parseModules reads nn_module_stack: "key,path,type" entries joined by ";", outermost first. Delimiters inside names are not
// escaped in the file, so an entry that does not have three parts is left out; so is torch's marker for "no stack".
func parseModules(s string) []model.Frame {
	if s == "" {
		return nil
	}
	var out []model.Frame
	for _, entry := range strings.Split(clean(s), ";") {
		if p := splitTop(entry); len(p) == 3 && p[0] != "_empty_nn_module_stack_from_metadata_hook" {
			out = append(out, model.Frame{Key: p[0], Path: p[1], Type: p[2]})
		}
	}
	return out
}

// splitTop splits at commas outside brackets.
func splitTop(s string) []string {
	var out []string
	depth, start := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, s[start:i])
				start = i + 1
			}
		}
	}
	return append(out, s[start:])
}

// userLine is the innermost frame of a stack trace that lies outside torch; the innermost of all if every one is torch's.
func userLine(trace string, modules []model.Frame) model.Loc {
	innermost := model.Loc{}
	code := "" // the line behind the current one
	for trace != "" {
		rest, line := "", trace
		if i := strings.LastIndexByte(trace, '\n'); i >= 0 {
			rest, line = trace[:i], trace[i+1:]
		}
		trace = rest
		loc, ok := parseFrame(line)
		if !ok {
			code = line
			continue
		}
		loc.Text, code = clean(strings.TrimSpace(code)), ""
		if !insideTorch(loc.File, modules) {
			return loc
		}
		if innermost.IsZero() {
			innermost = loc
		}
	}
	return innermost
}

// parseFrame reads `File "m.py", line 8, in forward`. Paths may hold colons and backslashes.
func parseFrame(line string) (model.Loc, bool) {
	rest, ok := strings.CutPrefix(strings.TrimLeft(line, " "), `File "`)
	file, rest, ok2 := strings.Cut(rest, `", line `)
	num, fn, ok3 := strings.Cut(rest, ", in ")
	n, err := strconv.Atoi(num)
	if !ok || !ok2 || !ok3 || err != nil {
		return model.Loc{}, false
	}
	return model.Loc{File: clean(file), Line: n, Func: clean(strings.TrimSpace(fn))}, true
}

// insideTorch says whether a frame's file belongs to torch: by a folder of that name, or, where the file keeps bare names
// only, by being the file of a torch module on the module stack, or one of the files through which its functions go. Code
// that torch generated has a name in angle brackets.
func insideTorch(file string, modules []model.Frame) bool {
	file = strings.ReplaceAll(file, `\`, "/")
	if strings.HasPrefix(file, "<") || strings.HasPrefix(file, "torch/") || strings.Contains(file, "/torch/") {
		return true
	}
	if strings.Contains(file, "/") {
		return false
	}
	if file == "functional.py" || file == "_tensor.py" {
		return true
	}
	for _, m := range modules {
		parts := strings.Split(m.Type, ".")
		if parts[0] == "torch" && len(parts) > 2 && parts[len(parts)-2]+".py" == file {
			return true
		}
	}
	return false
}

// mark reads the quantizer's note out of a node's custom metadata, JSON text that may hold bare NaN.
func (r *metaReader) mark(custom string, bud *budget) model.Mark {
	if !strings.Contains(custom, "_arm_annotation_info") {
		return model.NoMark
	}
	m, ok := r.marks[custom]
	if !ok {
		m = parseMark(custom, bud)
		r.marks[custom] = m
	}
	return m
}

func parseMark(custom string, bud *budget) model.Mark {
	d, mark := newDecoder([]byte(custom), bud), model.NoMark
	d.object(func(key string) {
		if key != "_arm_annotation_info" {
			d.skip()
			return
		}
		d.object(func(key string) {
			switch {
			case key != "quantized":
				d.skip()
			case d.bool():
				mark = model.MarkedQuantized
			default:
				mark = model.MarkedFloat
			}
		})
	})
	return mark
}
