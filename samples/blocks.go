package samples

import (
	"fmt"

	"seam/model"
)

// What the blocks cost in edge nodes, at most; a block is chosen only where it fits.
const (
	tailCost     = 2 + plainCost/2 // the output, its dequantize, and half a block, so that n is met from both sides
	plainCost    = 13
	residualCost = 36
	branchCost   = 80
	joinCost     = 4
)

// block adds the next block: most often a plain one.
//
//	left  edge nodes that are still wanted
func (s *net) block(v model.NodeID, left int) model.NodeID {
	if k, ok := s.dueSkip(v); ok {
		return s.join(v, k)
	}
	switch p := s.rng.IntN(100); {
	case p < 5 && left > branchCost:
		return s.reshape(v)
	case p < 15 && left > branchCost:
		return s.branch(v)
	case p < 35 && left > residualCost:
		return s.residual(v)
	case p < 42 && len(s.skips) < maxSkips:
		s.skips = append(s.skips, skip{v, s.layer + 2 + s.rng.IntN(skipSpan)})
	}
	return s.plain(v)
}

// dueSkip takes a long skip that ends here, if one of v's shape does.
func (s *net) dueSkip(v model.NodeID) (model.NodeID, bool) {
	for i, k := range s.skips {
		if s.layer >= k.due && s.shape(k.from) == s.shape(v) {
			s.skips = append(s.skips[:i], s.skips[i+1:]...)
			return k.from, true
		}
	}
	return model.None, false
}

// join ends a long skip.
func (s *net) join(v, from model.NodeID) model.NodeID {
	s.leave()
	return s.add(line{49, "x = x + skips.pop()"}, v, from)
}

func (s *net) add(l line, v, w model.NodeID) model.NodeID {
	return s.quantized(op{line: l}, "aten.add.Tensor", s.shape(v), s.read(v), s.read(w))
}

// reshape turns a picture into a sequence or back.
func (s *net) reshape(v model.NodeID) model.NodeID {
	s.enter("Reshape")
	out, l := model.ShapeInts(1, channels, spatial*spatial), line{12, "return x.view(1, 8, 64)"}
	if s.shape(v) == out {
		out, l = model.ShapeInts(1, channels, spatial, spatial), line{10, "return x.view(1, 8, 8, 8)"}
	}
	return s.quantized(op{line: l}, "aten.view.default", out, s.read(v), model.IntsArg(out.Ints()...))
}

// plain is a convolution and a relu.
func (s *net) plain(v model.NodeID) model.NodeID {
	s.enter("ConvReLU")
	l := line{18, "return self.relu(self.conv(x))"}
	v = s.conv(op{name: "conv", line: l}, v, 3, true)
	return s.relu(op{name: "relu", line: l}, model.NodeArg(v))
}

// residual is two convolutions whose result is added to what they read.
func (s *net) residual(v model.NodeID) model.NodeID {
	s.enter("Residual")
	first := line{25, "y = self.relu1(self.conv1(x))"}
	y := s.conv(op{name: "conv1", line: first}, v, 3, true)
	y = s.relu(op{name: "relu1", line: first}, model.NodeArg(y))
	y = s.conv(op{name: "conv2", line: line{26, "y = self.conv2(y)"}}, y, 3, false)
	last := line{27, "return self.relu2(x + y)"}
	y = s.add(last, v, y)
	return s.relu(op{name: "relu2", line: last}, s.read(y))
}

// branch is four convolutions of one value, joined by a cat and brought back to 8 channels.
func (s *net) branch(v model.NodeID) model.NodeID {
	s.enter("Branches")
	l := line{34, "y = torch.cat([relu(conv(x)) for conv, relu in self.branches], dim=1)"}
	join := model.ListArg()
	for i := range branches {
		y := s.conv(op{name: fmt.Sprintf("branches.%d.0", i), line: l}, v, 1+2*(i%2), true)
		y = s.relu(op{name: fmt.Sprintf("branches.%d.1", i), line: l}, model.NodeArg(y))
		join.List = append(join.List, s.read(y))
	}
	y := s.quantized(op{line: l}, "aten.cat.default", s.shape(v).With(1, branches*channels), join, model.IntArg(1))
	last := line{35, "return self.relu(self.project(y))"}
	y = s.conv(op{name: "project", line: last}, y, 1, true)
	return s.relu(op{name: "relu", line: last}, model.NodeArg(y))
}
