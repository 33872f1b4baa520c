package tosa

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"seam/model"
)

// NormalForm is a lowered delegate without names: constants are shown where they are read, tensors by position ("in0" is input
// 0, "n3.0" output 0 of operator 3). Two lowerings with the same operators in the same order and equal constants have equal
// forms. As JSON it is what tosa-dump.py --normal prints of a file.
type NormalForm struct {
	Version [3]int         `json:"version"`
	Draft   bool           `json:"draft"`
	Regions []NormalRegion `json:"regions"`
}

// NormalRegion is one region with its block.
type NormalRegion struct {
	Name      string           `json:"name"`
	Inputs    []NormalTensor   `json:"inputs"`
	Operators []NormalOperator `json:"operators"`
	Outputs   []NormalTensor   `json:"outputs"`
}

// NormalTensor is a tensor's type; From is where an output comes from.
type NormalTensor struct {
	From  string  `json:"from,omitempty"`
	Shape []int64 `json:"shape"`
	DType string  `json:"dtype"`
}

// NormalOperator is one operator that is no constant.
type NormalOperator struct {
	Op        string          `json:"op"`
	Attribute map[string]any  `json:"attribute"`
	Inputs    []NormalOperand `json:"inputs"`
	Outputs   []NormalTensor  `json:"outputs"`
}

// NormalOperand is one operand: a position, a shape, or a constant.
type NormalOperand struct {
	Ref   string
	Shape []int64
	Const *NormalConst
}

// NormalConst is a constant; SHA256 is of its significant bytes. Both it and First are empty where the graph holds no values.
type NormalConst struct {
	Shape  []int64 `json:"shape"`
	DType  string  `json:"dtype"`
	SHA256 string  `json:"sha256"`
	First  []int64 `json:"first"`
}

// MarshalJSON writes a position as a text and the others as an object.
func (o NormalOperand) MarshalJSON() ([]byte, error) {
	switch {
	case o.Const != nil:
		return json.Marshal(map[string]any{"const": o.Const})
	case o.Shape != nil:
		return json.Marshal(map[string]any{"shape": o.Shape})
	}
	return json.Marshal(o.Ref)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (o *NormalOperand) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &o.Ref)
	}
	var v struct {
		Const *NormalConst
		Shape []int64
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return fmt.Errorf("operand: %w", err)
	}
	o.Const, o.Shape = v.Const, v.Shape
	return nil
}

// Normal is the form of l that does not depend on names or on who wrote it; empty where l failed.
func Normal(l *Lowered) NormalForm {
	f := NormalForm{Version: [3]int{versionMajor, versionMinor, versionPatch}}
	if l.Graph != nil {
		f.Regions = append(f.Regions, normalRegion("main", l.Graph))
	}
	return f
}

// Normal is the form of all blocks of a file, in the order of their regions.
func (f *File) Normal() NormalForm {
	out := NormalForm{Version: f.Version, Draft: f.Draft}
	for _, b := range f.Blocks {
		out.Regions = append(out.Regions, normalRegion(b.Region, b.Graph))
	}
	return out
}

func normalRegion(name string, g *model.Graph) NormalRegion {
	r := NormalRegion{Name: name}
	ref := make([]string, g.Len())
	for i := range g.Len() {
		n := model.NodeID(i)
		switch x := g.Node(n); x.Kind {
		case model.Placeholder:
			ref[n] = fmt.Sprintf("in%d", len(r.Inputs))
			r.Inputs = append(r.Inputs, normalTensor(x, ""))
		case model.Call:
			if x.Target == opGetItem {
				continue
			}
			for k, v := range resultsOf(g, n) {
				ref[v] = fmt.Sprintf("n%d.%d", len(r.Operators), k)
			}
			r.Operators = append(r.Operators, normalOperator(g, n, ref))
		}
	}
	for _, n := range outputsOf(g) {
		r.Outputs = append(r.Outputs, normalTensor(g.Node(n), ref[n]))
	}
	return r
}

func normalTensor(x *model.Node, from string) NormalTensor {
	return NormalTensor{From: from, Shape: shape64(x.Type.T.Shape), DType: tosaDType(x.Type.T.DType)}
}

func normalOperator(g *model.Graph, n model.NodeID, ref []string) NormalOperator {
	x := g.Node(n)
	o := NormalOperator{Op: strings.TrimPrefix(x.Target, "tosa."), Attribute: map[string]any{}}
	for _, v := range resultsOf(g, n) {
		o.Outputs = append(o.Outputs, normalTensor(g.Node(v), ""))
	}
	for _, k := range x.Kwargs {
		o.Attribute[k.Name] = attrValue(x, k)
	}
	for _, p := range operands(x) {
		o.Inputs = append(o.Inputs, normalOperand(g, p, ref))
	}
	return o
}

func normalOperand(g *model.Graph, n model.NodeID, ref []string) NormalOperand {
	x := g.Node(n)
	if x.Kind != model.GetAttr {
		return NormalOperand{Ref: ref[n]}
	}
	attr, _ := g.Attrs.Get(x.Target)
	t := attr.Tensor
	if t.DType == model.ShapeType {
		v, _ := shapeValues(t)
		return NormalOperand{Shape: v}
	}
	c := &NormalConst{Shape: shape64(t.Shape), DType: tosaDType(t.DType), First: firstValues(t)}
	if t.Raw != nil {
		sum := sha256.Sum256(fileBytes(t))
		c.SHA256 = hex.EncodeToString(sum[:])
	}
	return NormalOperand{Const: c}
}

// shapeValues is all values of a CONST_SHAPE.
func shapeValues(t *model.Tensor) ([]int64, bool) {
	out := make([]int64, len(t.Raw)/8)
	for i := range out {
		out[i] = signedLE(t.Raw[8*i : 8*i+8])
	}
	return out, t.DType == model.ShapeType
}

func shape64(s model.Shape) []int64 {
	out := make([]int64, s.Rank())
	for i := range out {
		out[i] = int64(s.At(i))
	}
	return out
}
