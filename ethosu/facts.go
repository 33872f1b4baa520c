package ethosu

import "seam/model"

// trait is a set of facts about a node's value or operator that many checks ask for.
type trait uint16

const (
	isQ         trait = 1 << iota // a quantize operator, of any overload
	isDQ                          // a dequantize operator, of any overload
	isGetitem                     // operator.getitem
	isSymSize                     // sym_size.int
	isGetAttr                     // a get_attr node
	isInteger                     // its first tensor is of an integer type or bool
	isSymInt                      // its value is a symbolic number
	isSymbolic                    // it is a symbolic number or has a symbolic extent
	isOpaque                      // its value is neither tensors nor a symbolic number
	hasInt64                      // one of its tensors is int64
	firstInt64                    // its first tensor is int64
	hasBanned                     // one of its tensors is of a type that the specification lacks
	hasHighRank                   // one of its tensors is of a rank over maxRank
	isQDQ       = isQ | isDQ
)

// fact is what the checks need of a node's value, small enough to stay in the cache.
type fact struct {
	dtype model.DType // of the first tensor; Unknown if there is none
	is    trait
}

// maxRank is the highest rank that upstream lets through.
const maxRank = 6

// collect computes all facts in one pass.
func (r *run) collect() []fact {
	facts := make([]fact, r.g.Len())
	for i := range facts {
		n := r.g.Node(model.NodeID(i))
		f := r.valueFact(n)
		switch n.Kind {
		case model.Call:
			f.is |= r.t.row(n.Op).traits
		case model.GetAttr:
			f = r.valueFact(&model.Node{Kind: n.Kind, Type: valueType(r.g, model.NodeID(i))})
			f.is |= isGetAttr
		case model.Output: // its value is the list of what it returns
			if in := r.g.In(model.NodeID(i)); n.Type.Kind == model.NoType && len(in) > 0 {
				f = facts[in[0]]
			}
		}
		facts[i] = f
	}
	return facts
}

func (r *run) valueFact(n *model.Node) fact {
	var f fact
	switch t := &n.Type; t.Kind {
	case model.TensorKind:
		f = r.tensorFact(&t.T)
	case model.ListKind:
		for i := range t.List {
			e := r.tensorFact(&t.List[i])
			if i == 0 {
				f = e
			}
			f.is |= e.is & (isSymbolic | hasInt64 | hasBanned | hasHighRank)
		}
	case model.SymKind:
		f.is = isOpaque
		if n.Kind == model.Call && n.Target != "_operator.truediv" { // that one gives a SymFloat
			f.is = isSymInt | isSymbolic
		}
	}
	return f
}

func (r *run) tensorFact(t *model.TensorType) fact {
	f := fact{dtype: t.DType}
	if t.DType.IsInteger() {
		f.is |= isInteger
	}
	if t.DType == model.Int64 {
		f.is |= hasInt64 | firstInt64
	}
	if r.t.banned[t.DType] {
		f.is |= hasBanned
	}
	if t.Shape.Rank() > maxRank {
		f.is |= hasHighRank
	}
	if t.Shape.Symbolic() {
		f.is |= isSymbolic
	}
	return f
}

// tensor is the first tensor of node p's value (upstream: get_first_fake_tensor).
func (r *run) tensor(p model.NodeID) (model.TensorType, bool) { return r.g.Node(p).Type.First() }

// everyUser says whether all of n's users have one of the traits; true if it has none.
func (r *run) everyUser(n model.NodeID, want trait) bool {
	for _, u := range r.g.Users(n) {
		if r.facts[u].is&want == 0 {
			return false
		}
	}
	return true
}

// size is an extent as a number: the size at capture for a symbolic one, as upstream's guards see it; ok is false if that is
// unknown.
func (r *run) size(d model.Dim) (int64, bool) {
	if !d.Symbolic() {
		return int64(d), true
	}
	if i := int(-d - 1); i < len(r.g.Symbols) && r.g.Symbols[i].Hint >= 0 {
		return r.g.Symbols[i].Hint, true
	}
	return 0, false
}

// within says whether an extent lies in lo..hi; an unknown one does.
func (r *run) within(d model.Dim, lo, hi int64) bool {
	v, ok := r.size(d)
	return !ok || lo <= v && v <= hi
}
