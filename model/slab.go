package model

// argSlab hands out argument lists from large blocks: copying a graph's arguments one list at a time costs an allocation a node.
type argSlab struct{ free []Arg }

// slabLen is the arguments of one block.
const slabLen = 1024

func (s *argSlab) take(n int) []Arg {
	if n > len(s.free) {
		s.free = make([]Arg, max(n, slabLen))
	}
	out := s.free[:n:n]
	s.free = s.free[n:]
	return out
}

// mapArgs is a copy of a node's arguments with every node replaced by what f gives for it.
func (s *argSlab) mapArgs(args []Arg, kw []KwArg, f func(NodeID) NodeID) ([]Arg, []KwArg) {
	out := s.take(len(args))
	for i := range args {
		out[i] = s.mapArg(args[i], f)
	}
	if len(kw) == 0 {
		return out, nil
	}
	k := make([]KwArg, len(kw))
	for i := range kw {
		k[i] = KwArg{kw[i].Name, s.mapArg(kw[i].Arg, f)}
	}
	return out, k
}

func (s *argSlab) mapArg(a Arg, f func(NodeID) NodeID) Arg {
	switch a.Kind {
	case ArgNode:
		a.Node = f(a.Node)
	case ArgList:
		a.List = s.mapList(a.List, f)
	}
	return a
}

// mapList copies a list only if it holds a node.
func (s *argSlab) mapList(list []Arg, f func(NodeID) NodeID) []Arg {
	plain := true
	for i := range list {
		plain = plain && list[i].Kind != ArgNode && list[i].Kind != ArgList
	}
	if plain {
		return list
	}
	out := s.take(len(list))
	for i := range list {
		out[i] = s.mapArg(list[i], f)
	}
	return out
}
