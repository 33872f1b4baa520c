package pt2

import (
	"fmt"
	"strconv"

	"seam/model"
)

// values reads a list of unions.
func (p *program) values() []value {
	return p.list(p.value).list
}

// list reads an array whose elements f reads.
func (p *program) list(f func() value) value {
	v := value{kind: vList}
	p.dec.array(func(int) {
		p.dec.charge(costValue)
		v.list = append(v.list, f())
	})
	return v
}

func (p *program) namedValues() []namedValue {
	var out []namedValue
	d := p.dec
	d.array(func(int) {
		d.charge(costValue)
		var n namedValue
		d.object(func(key string) {
			switch {
			case key == "name":
				n.name = p.ident()
			case key == "arg":
				n.value = p.value()
			case key == "kind" && !d.null():
				n.kind = int8(d.int())
			case key != "kind":
				d.skip()
			}
		})
		out = append(out, n)
	})
	return out
}

// value reads an Argument, or one of the smaller unions inside it, whose tags do not clash.
func (p *program) value() value {
	var v value
	p.dec.union(func(tag string) { v = p.tagged(tag) })
	return v
}

func (p *program) tagged(tag string) value {
	d := p.dec
	switch tag {
	case "as_none":
		d.skip()
		return value{}
	case "as_tensor", "as_custom_obj":
		return p.named()
	case "as_name":
		return value{kind: vRef, s: p.ident()}
	case "as_int":
		return p.intValue()
	case "as_float":
		return p.floatValue()
	case "as_bool":
		return p.boolValue()
	case "as_string":
		return p.textValue()
	case "as_sym_int", "as_sym_float", "as_sym_bool", "as_optional_tensor":
		return p.value()
	case "as_graph":
		return p.graphValue()
	case "as_expr":
		return value{kind: vConst, s: p.expr(nil)}
	case "as_string_to_argument":
		return p.dictValue()
	case "as_scalar_type", "as_memory_format", "as_layout", "as_device", "as_operator", "as_complex":
		return value{kind: vConst, s: p.constText(tag)}
	}
	return p.taggedList(tag)
}

func (p *program) taggedList(tag string) value {
	switch tag {
	case "as_tensors":
		return p.list(p.named)
	case "as_ints":
		return p.list(p.intValue)
	case "as_floats":
		return p.list(p.floatValue)
	case "as_bools":
		return p.list(p.boolValue)
	case "as_strings":
		return p.list(p.textValue)
	case "as_optional_tensors", "as_sym_ints", "as_sym_floats", "as_sym_bools":
		return p.list(p.value)
	case "as_nested_tensors":
		return p.list(func() value { return p.list(p.named) })
	case "as_int_lists":
		return p.list(func() value { return p.list(p.intValue) })
	case "as_float_lists":
		return p.list(func() value { return p.list(p.floatValue) })
	}
	p.dec.skip()
	p.warn("unknown kind of argument %s", quote(tag))
	return value{kind: vOpaque, s: "<" + clean(tag) + ">"}
}

func (p *program) intValue() value   { return value{kind: vInt, i: p.dec.int()} }
func (p *program) floatValue() value { return value{kind: vFloat, f: p.dec.float()} }
func (p *program) textValue() value  { return value{kind: vStr, s: p.text()} }

func (p *program) boolValue() value {
	v := value{kind: vBool}
	if p.dec.bool() {
		v.i = 1
	}
	return v
}

// named reads {"name": n}, and the class_fqn of a custom object.
func (p *program) named() value {
	v := value{kind: vRef}
	p.dec.object(func(key string) {
		switch key {
		case "name":
			v.s = p.ident()
		case "class_fqn":
			v.class, v.kind = p.ident(), vObject
		default:
			p.dec.skip()
		}
	})
	return v
}

func (p *program) graphValue() value {
	v := value{kind: vGraph}
	p.dec.object(func(key string) {
		switch key {
		case "name":
			v.s = p.ident()
		case "graph":
			v.graph = p.readGraph()
		default:
			p.dec.skip()
		}
	})
	if v.graph == nil {
		p.dec.fail("a subgraph without a graph")
	}
	return v
}

// dictValue keeps a dict argument as a list of [key, value] lists.
func (p *program) dictValue() value {
	v := value{kind: vList}
	p.dec.object(func(key string) {
		p.dec.charge(3 * costValue)
		pair := []value{{kind: vStr, s: key}, p.value()}
		v.list = append(v.list, value{kind: vList, list: pair})
	})
	return v
}

// constText is a constant as Python prints it.
func (p *program) constText(tag string) string {
	d := p.dec
	switch tag {
	case "as_scalar_type":
		return "torch." + p.dtype(d.int()).String()
	case "as_memory_format":
		return enumText(d.int(), "memory_format", "", "torch.contiguous_format", "torch.channels_last", "torch.channels_last_3d", "torch.preserve_format")
	case "as_layout":
		return enumText(d.int(), "layout", "", "torch.sparse_coo", "torch.sparse_csr", "torch.sparse_csc", "torch.sparse_bsr",
			"torch.sparse_bsc", "torch._mkldnn", "torch.strided")
	case "as_device":
		return p.deviceText()
	case "as_operator":
		return opName(p.ident())
	}
	var re, im float64
	d.object(func(key string) {
		switch key {
		case "real":
			re = d.float()
		case "imag":
			im = d.float()
		default:
			d.skip()
		}
	})
	return fmt.Sprintf("(%v%+vj)", re, im)
}

func enumText(i int64, what string, texts ...string) string {
	if i > 0 && i < int64(len(texts)) {
		return texts[i]
	}
	return what + "(" + strconv.FormatInt(i, 10) + ")"
}

func (p *program) deviceText() string {
	d, kind, index := p.dec, "", int64(-1)
	d.object(func(key string) {
		switch {
		case d.null():
		case key == "type":
			kind = p.ident()
		case key == "index":
			index = d.int()
		default:
			d.skip()
		}
	})
	if index >= 0 {
		return kind + ":" + strconv.FormatInt(index, 10)
	}
	return kind
}

// dtype translates the ScalarType number of the schema; ExecuTorch's fork (major 5) numbers three types otherwise.
//
//	source  torch/_export/serde/schema.py: ScalarType; executorch/exir/serde/schema.py
func (p *program) dtype(i int64) model.DType {
	if p.major == 5 {
		switch i {
		case 14:
			return model.Uint16
		case 15:
			return model.Float8E5M2
		case 16:
			return model.Float8E4M3FN
		}
	}
	return schemaDType(i)
}

func schemaDType(i int64) model.DType {
	table := [...]model.DType{
		1: model.Uint8, 2: model.Int8, 3: model.Int16, 4: model.Int32, 5: model.Int64, 6: model.Float16, 7: model.Float32,
		8: model.Float64, 9: model.Complex32, 10: model.Complex64, 11: model.Complex128, 12: model.Bool, 13: model.BFloat16,
		28: model.Uint16, 29: model.Float8E4M3FN, 30: model.Float8E5M2, 31: model.Float8E4M3FNUZ, 32: model.Float8E5M2FNUZ,
		33: model.Float8E8M0FNU, 34: model.Uint32, 35: model.Uint64,
	}
	if i < 0 || i >= int64(len(table)) {
		return model.Unknown
	}
	return table[i]
}

// warn notes something that does not stop the reading.
func (p *program) warn(format string, args ...any) {
	const most = 1000
	if len(p.warnings) < most {
		p.warnings = append(p.warnings, fmt.Sprintf(format, args...))
	}
}
