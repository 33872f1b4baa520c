package pt2

import (
	"math"
	"slices"

	"seam/model"
)

// What the decoded parts cost, in bytes: their own struct and what the graph makes of it later.
const (
	costValue = 320
	costNode  = 1400
	costType  = 280
)

// Limits on a graph.
const (
	maxRank   = 64
	maxGraphs = 64 // nesting of subgraphs
	maxName   = 4096
	maxMeta   = 1 << 20
)

// valueKind is what an argument of the file is.
type valueKind uint8

const (
	vNone valueKind = iota
	vRef            // a name of the graph
	vInt
	vFloat
	vBool
	vStr
	vConst // a dtype, layout and the like, as Python prints it
	vList
	vGraph
	vObject // a custom object: name, and class in class
	vOpaque // a tag that this reader does not know
)

// value is one argument: the file's tagged unions, reduced to what a graph needs of them.
type value struct {
	kind  valueKind
	s     string
	class string
	i     int64
	f     float64
	list  []value
	graph *graph
}

type namedValue struct {
	name string
	kind int8 // 1 positional, 2 keyword, 0 not said
	value
}

type node struct {
	target, name string
	inputs       []namedValue
	outputs      []value
	meta         nodeMeta
	tuple        bool // a higher-order operator that returns one tensor in a tuple
}

type nodeMeta struct{ trace, modules, fn, custom string }

type graph struct {
	inputs, outputs []value
	nodes           []node
	types           map[string]model.Type
	reordered       map[string]bool // tensors whose axes are in another order in memory
	frozen          map[string]bool // tensors that are said to need no gradient
	single          bool            // returns a bare value, not a tuple
}

type inputSpec struct {
	tag        string
	arg, name  string // the graph's name, and the qualified name
	persistent bool
	value      value
}

type outputSpec struct{ tag, name string }

type bounds struct{ lo, hi int64 } // hi is -1 where unbounded

type program struct {
	graph     *graph
	inputs    []inputSpec
	outputs   []outputSpec
	ranges    map[string]bounds
	major     int64
	minor     int64
	versioned bool
	verifiers []string
	torch     string
	symbols   symbols
	warnings  []string
	dec       *decoder
	graphs    int // nesting while decoding
}

// decodeProgram reads the JSON of an exported program. The schema's version stands behind the graph, but decides how dtypes
// are numbered, so it is looked for first.
func decodeProgram(data []byte, bud *budget) (*program, error) {
	p := &program{dec: newDecoder(data, bud)}
	if err := p.version(); err != nil {
		return nil, err
	}
	p.symbols.index = map[string]int{}
	d := p.dec
	d.object(func(key string) {
		switch key {
		case "graph_module":
			p.module()
		case "range_constraints":
			p.constraints()
		case "verifiers":
			p.verifiers = p.texts()
		case "torch_version":
			p.torch = p.text()
		default:
			d.skip()
		}
	})
	d.end()
	if d.err == nil && p.graph == nil {
		d.fail("no graph_module.graph")
	}
	return p, d.err
}

// version finds schema_version and leaves the decoder at the start.
func (p *program) version() error {
	d := p.dec
	d.object(func(key string) {
		if key != "schema_version" {
			d.skip()
			return
		}
		p.versioned = true
		d.object(func(key string) {
			switch key {
			case "major":
				p.major = d.int()
			case "minor":
				p.minor = d.int()
			default:
				d.skip()
			}
		})
	})
	switch {
	case d.err != nil:
	case !p.versioned:
		d.fail("no schema_version")
	case p.major != 8 && p.major != 5 && (p.major != 0 || p.minor != 0):
		d.fail("schema version %d.%d; this reader knows major versions 8 and 5", p.major, p.minor)
	}
	d.pos = 0
	return d.err
}

func (p *program) module() {
	d := p.dec
	d.object(func(key string) {
		switch key {
		case "graph":
			p.graph = p.readGraph()
		case "signature":
			p.signature()
		default:
			d.skip()
		}
	})
}

func (p *program) texts() []string {
	var out []string
	p.dec.array(func(int) {
		p.dec.charge(16)
		out = append(out, p.text())
	})
	return out
}

// text is a string, or "" for null.
func (p *program) text() string {
	if p.dec.null() {
		return ""
	}
	s := p.dec.str()
	if len(s) > maxMeta {
		p.dec.fail("a text of %d bytes, more than %d", len(s), maxMeta)
	}
	return s
}

// ident is a name that the graph defines or uses.
func (p *program) ident() string {
	s := p.text()
	if len(s) > maxName {
		p.dec.fail("a name of %d bytes, more than %d", len(s), maxName)
	}
	return s
}

func (p *program) constraints() {
	d := p.dec
	p.ranges = map[string]bounds{}
	d.object(func(key string) {
		b := bounds{0, -1}
		d.charge(costType)
		d.object(func(end string) {
			switch {
			case d.null():
			case end == "min_val":
				b.lo = p.bound(b.lo)
			case end == "max_val":
				b.hi = p.bound(b.hi)
			default:
				d.skip()
			}
		})
		p.ranges[squeeze(key)] = b
	})
}

// bound is one end of a range; anything that is not a finite whole number leaves it as it was.
func (p *program) bound(was int64) int64 {
	if f := p.dec.float(); f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int64(f)
	}
	return was
}

func (p *program) readGraph() *graph {
	d := p.dec
	g := &graph{types: map[string]model.Type{}, reordered: map[string]bool{}, frozen: map[string]bool{}}
	if p.graphs++; p.graphs > maxGraphs {
		d.fail("subgraphs nested deeper than %d", maxGraphs)
	}
	d.object(func(key string) {
		switch key {
		case "inputs":
			g.inputs = p.values()
		case "outputs":
			g.outputs = p.values()
		case "nodes":
			g.nodes = p.nodes()
		case "tensor_values":
			p.tensorValues(g)
		case "sym_int_values", "sym_float_values", "sym_bool_values":
			p.symValues(g)
		case "custom_obj_values":
			p.objectValues(g)
		case "is_single_tensor_return":
			g.single = d.bool()
		default:
			d.skip()
		}
	})
	p.graphs--
	return g
}

func (p *program) nodes() []node {
	var out []node
	d := p.dec
	d.array(func(int) {
		d.charge(costNode)
		var n node
		d.object(func(key string) {
			switch key {
			case "target":
				n.target = p.ident()
			case "name":
				n.name = p.ident()
			case "inputs":
				n.inputs = p.namedValues()
			case "outputs":
				n.outputs = p.values()
			case "metadata":
				n.meta = p.metadata()
			case "is_hop_single_tensor_return":
				n.tuple = !d.null() && !d.bool()
			default:
				d.skip()
			}
		})
		out = append(out, n)
	})
	return out
}

func (p *program) metadata() nodeMeta {
	var m nodeMeta
	if p.dec.null() {
		return m
	}
	p.dec.object(func(key string) {
		switch key {
		case "stack_trace":
			m.trace = p.text()
		case "nn_module_stack":
			m.modules = p.text()
		case "torch_fn":
			m.fn = p.text()
		case "custom":
			m.custom = p.text()
		default:
			p.dec.skip()
		}
	})
	return m
}

func (p *program) signature() {
	d := p.dec
	d.object(func(key string) {
		switch key {
		case "input_specs":
			p.inputs = nil
			d.array(func(int) {
				d.charge(costValue)
				d.union(func(tag string) { p.inputs = append(p.inputs, p.inputSpec(tag)) })
			})
		case "output_specs":
			p.outputs = nil
			d.array(func(int) {
				d.charge(costValue)
				d.union(func(tag string) { p.outputs = append(p.outputs, p.outputSpec(tag)) })
			})
		default:
			d.skip()
		}
	})
}

func (p *program) inputSpec(tag string) inputSpec {
	s, d := inputSpec{tag: tag}, p.dec
	d.object(func(key string) {
		switch key {
		case "arg":
			s.arg = p.specArg(tag)
		case "parameter_name", "buffer_name", "tensor_constant_name", "custom_obj_name":
			s.name = p.ident()
		case "name":
			s.arg = p.ident()
		case "persistent":
			s.persistent = !d.null() && d.bool()
		case "value":
			s.value = p.value()
		default:
			d.skip()
		}
	})
	return s
}

// specArg is the graph's name of an input: a union for user inputs, else an object with a name.
func (p *program) specArg(tag string) string {
	if tag == "user_input" {
		return p.value().s
	}
	return p.named().s
}

func (p *program) outputSpec(tag string) outputSpec {
	s := outputSpec{tag: tag}
	p.dec.object(func(key string) {
		switch key {
		case "buffer_name", "parameter_name", "user_input_name":
			s.name = p.ident()
		default:
			p.dec.skip()
		}
	})
	return s
}

// mutates says whether the output is written back to a buffer, a parameter or an input instead of being returned.
func (s outputSpec) mutates() bool {
	return slices.Contains([]string{"buffer_mutation", "parameter_mutation", "user_input_mutation"}, s.tag)
}
