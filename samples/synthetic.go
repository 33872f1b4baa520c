package samples

import (
	"fmt"
	"math"
	"math/rand/v2"

	"seam/model"
)

// The synthetic network's sizes: small, so that the weights of 100,000 nodes stay small too.
const (
	channels = 8
	spatial  = 8
	branches = 4
	poolSize = 8  // distinct tensors a shape and bound; constants beyond share their bytes
	maxSkips = 3  // long skips that are open at a time
	skipSpan = 40 // blocks that a long skip reaches over, at most
)

// sourceFile is the program that the synthetic network says it comes from.
const sourceFile = "synthetic_net.py"

// Synthetic makes an ATen graph as capture would give it: blocks of convolution and relu, mostly in a row, with residual adds,
// branches joined by a cat, and long skips. Equal arguments give equal graphs.
//
//	n       nodes of the edge graph that quantizing it per channel gives; met within one block (13 nodes), at least one block
//	result  input [1,8,8,8]; weights drawn as torch initializes convolutions, biases too but leaning to the positive, so
//	        that at any depth no relu dies and no value grows beyond order 1
func Synthetic(n int, seed int64) *model.Graph {
	s := newNet(seed)
	v := s.input()
	for s.edge+tailCost+joinCost*len(s.skips) < n {
		v = s.block(v, n-s.edge)
	}
	for _, k := range s.skips {
		if s.shape(k.from) == s.shape(v) {
			v = s.join(v, k.from)
		}
	}
	if s.layer == 0 {
		v = s.plain(v)
	}
	s.leave()
	s.call(op{line: line{51, "return x"}}, model.Spec{
		Kind: model.Output, Target: "output", Args: []model.Arg{model.ListArg(s.read(v))},
	})
	g, _, err := s.b.Freeze()
	if err != nil {
		panic("samples: " + err.Error()) // the generator is wrong
	}
	return g
}

// net is a network that is being made.
type net struct {
	b      *model.Builder
	rng    *rand.Rand
	x      model.NodeID // the input; constants go in front of it, as capture puts them
	edge   int          // nodes of the edge graph so far
	layer  int          // blocks so far
	skips  []skip
	pool   map[drawn][]*model.Tensor
	frames []model.Frame // of the block that is being made
}

// skip is a value that a later block adds.
type skip struct {
	from model.NodeID
	due  int // block from which on it may be added
}

// drawn is what a parameter's distribution depends on.
type drawn struct {
	shape model.Shape
	fanIn int64
}

// op is where a call stands in the network: its module, if it is one, and its line.
type op struct {
	name, module string
	line         line
}

// line is a line of sourceFile.
type line struct {
	num  int
	text string
}

func newNet(seed int64) *net {
	return &net{
		b:    model.NewBuilder(model.ATen),
		rng:  rand.New(rand.NewPCG(uint64(seed), 0)),
		pool: map[drawn][]*model.Tensor{},
	}
}

func (s *net) input() model.NodeID {
	s.x = s.b.Add(model.Spec{
		Kind: model.Placeholder, Target: "x",
		Type: model.TensorOf(model.Float32, model.ShapeInts(1, channels, spatial, spatial)),
	})
	s.edge += 2 // the placeholder and its quantize
	return s.x
}

func (s *net) shape(v model.NodeID) model.Shape { return s.b.Node(v).Type.T.Shape }

// read is v as an argument; reading a value costs the edge graph a dequantize.
func (s *net) read(v model.NodeID) model.Arg {
	s.edge++
	return model.NodeArg(v)
}

// call adds a node for o, with the module stack of the block around it.
func (s *net) call(o op, spec model.Spec) model.NodeID {
	id := s.b.Add(spec)
	s.edge++
	m := &model.Meta{
		Loc:     model.Loc{File: sourceFile, Line: o.line.num, Func: "forward", Text: o.line.text},
		Modules: s.frames,
	}
	if o.module != "" {
		m.Modules = append(s.frames[:len(s.frames):len(s.frames)], frame(s.path()+"."+o.name, o.module))
	}
	s.b.Node(id).Meta = m
	return id
}

// quantized adds the node of a call whose result is quantized.
func (s *net) quantized(o op, target string, shape model.Shape, args ...model.Arg) model.NodeID {
	s.edge++
	return s.plainCall(o, target, shape, args...)
}

// plainCall adds the node of a call whose result stays in float, since the next operator is fused with it.
func (s *net) plainCall(o op, target string, shape model.Shape, args ...model.Arg) model.NodeID {
	return s.call(o, model.Spec{Kind: model.Call, Target: target, Args: args, Type: model.TensorOf(model.Float32, shape)})
}

// enter starts a block of that class.
func (s *net) enter(class string) {
	path := fmt.Sprintf("blocks.%d", s.layer)
	s.layer++
	s.frames = []model.Frame{frame("", "synthetic_net.Net"), frame(path, "synthetic_net."+class)}
}

// leave ends a block: what follows stands in the network's own forward.
func (s *net) leave() { s.frames = []model.Frame{frame("", "synthetic_net.Net")} }

func frame(path, class string) model.Frame {
	return model.Frame{Key: "L['self']." + path, Path: path, Type: class}
}

// path is the path of the block that is being made.
func (s *net) path() string { return s.frames[len(s.frames)-1].Path }

// conv adds a convolution to 8 channels that keeps the extents: of two dimensions over a picture, of one over a sequence.
func (s *net) conv(o op, v model.NodeID, kernel int, fused bool) model.NodeID {
	in, dims := s.shape(v), s.shape(v).Rank()-2
	target, module := "aten.conv2d.default", "torch.nn.modules.conv.Conv2d"
	if dims == 1 {
		target, module = "aten.conv1d.default", "torch.nn.modules.conv.Conv1d"
	}
	weight := model.ShapeOf(channels, in.At(1))
	for range dims {
		weight = weight.Append(model.Dim(kernel))
	}
	o.module = module
	fanIn := weight.Numel() / channels
	args := []model.Arg{
		s.read(v), s.param(s.path()+"."+o.name+".weight", weight, fanIn), s.param(s.path()+"."+o.name+".bias", model.ShapeInts(channels), fanIn),
	}
	if kernel > 1 { // capture drops trailing defaults
		args = append(args, repeat(1, dims), repeat(kernel/2, dims))
	}
	out := in.With(1, channels)
	if fused {
		return s.plainCall(o, target, out, args...)
	}
	return s.quantized(o, target, out, args...)
}

func repeat(v, n int) model.Arg {
	l := model.ListArg()
	for range n {
		l.List = append(l.List, model.IntArg(int64(v)))
	}
	return l
}

// relu adds a relu; v is the value of a convolution fused with it, or a quantized value.
func (s *net) relu(o op, v model.Arg) model.NodeID {
	o.module = "torch.nn.modules.activation.ReLU"
	return s.quantized(o, "aten.relu.default", s.shape(v.Node), v)
}

// param adds a parameter and reads it; the edge graph has its values, scales, zero points and a dequantize.
func (s *net) param(name string, shape model.Shape, fanIn int64) model.Arg {
	t := s.tensor(shape, fanIn)
	s.b.SetAttr(model.Attr{Name: name, Param: true, Tensor: t})
	s.b.At(s.x)
	id := s.b.Add(model.Spec{Kind: model.GetAttr, Target: name, Name: name, Type: t.Type()})
	s.b.AtEnd()
	s.edge += 4
	return model.NodeArg(id)
}

// tensor draws a parameter: a weight uniform within a bound of 1/sqrt(fanIn), a bias from -bound/2 to 3/2 bound.
func (s *net) tensor(shape model.Shape, fanIn int64) *model.Tensor {
	key := drawn{shape, fanIn}
	pool := s.pool[key]
	if len(pool) == poolSize {
		return pool[s.rng.IntN(poolSize)]
	}
	bound := 1 / math.Sqrt(float64(fanIn))
	v := uniform(s.rng, int(shape.Numel()), bound)
	if shape.Rank() == 1 {
		for i := range v {
			v[i] += float32(bound / 2)
		}
	}
	t := model.FromFloats(shape, v)
	s.pool[key] = append(pool, t)
	return t
}

// uniform draws n values within ±bound.
func uniform(rng *rand.Rand, n int, bound float64) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32((2*rng.Float64() - 1) * bound)
	}
	return v
}
