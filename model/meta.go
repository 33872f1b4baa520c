package model

import "strings"

// Loc is a line of the user's program.
type Loc struct {
	File string
	Line int
	Func string
	Text string // the source line, where the file kept it
}

// IsZero says whether nothing is known.
func (l Loc) IsZero() bool { return l.File == "" }

// Frame is one entry of the module stack: which module call a node was traced in.
type Frame struct {
	Key  string // opaque; repeated calls of one module end in "@k"
	Path string // dotted path, "" for the root
	Type string // module.QualName
}

// Meta is what is known of a node beside its operator and arguments. Nodes made from one another share it; never change one
// in place.
type Meta struct {
	Loc     Loc
	Modules []Frame // outermost first
	TorchFn string  // "conv2d_1;builtin_function_or_method.conv2d"
	Trace   string  // the whole stack trace, as the file has it
}

// Path is the path of the innermost module, "" if unknown.
func (m *Meta) Path() string {
	if m == nil || len(m.Modules) == 0 {
		return ""
	}
	return m.Modules[len(m.Modules)-1].Path
}

// ModuleText is "path (Type)" of the innermost module.
func (m *Meta) ModuleText() string {
	if m == nil || len(m.Modules) == 0 {
		return ""
	}
	f := m.Modules[len(m.Modules)-1]
	t := f.Type[strings.LastIndexByte(f.Type, '.')+1:]
	if f.Path == "" {
		return t
	}
	return f.Path + " (" + t + ")"
}

// Mark is the quantizer's note on a node, upstream's node.meta["custom"]["_arm_annotation_info"]["quantized"].
type Mark uint8

// The marks.
const (
	NoMark Mark = iota
	MarkedFloat
	MarkedQuantized
)
