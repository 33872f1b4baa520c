package tosa

import "slices"

// viewMap says which axes before a reshape hold the same elements as which axes after it. Both shapes are written as prime
// factors in order; factors of one axis, and factors whose order crosses, form a group, and a group maps as a whole. Axes of
// extent 1 have no factors.
//
//	source  backends/transforms/dim_maps.py: ViewMap
type viewMap struct {
	src, dst             []int
	srcGroups, dstGroups [][]int // by axis
	toSrc, toDst         map[int][]int
}

type factor struct{ prime, axis int }

// newViewMap maps shape src to shape dst of as many elements; nil if their factors differ.
func newViewMap(src, dst []int) *viewMap {
	x, ok := factors(src)
	y, ok2 := factors(dst)
	if !ok || !ok2 || len(x) != len(y) {
		return nil
	}
	perm := matchFactors(x, y)
	if perm == nil {
		return nil
	}
	group := groupFactors(x, y, perm)
	m := &viewMap{
		src: src, dst: dst, srcGroups: make([][]int, len(src)), dstGroups: make([][]int, len(dst)),
		toSrc: map[int][]int{}, toDst: map[int][]int{},
	}
	for i, f := range x {
		g, to := group[i], y[perm[i]].axis
		m.srcGroups[f.axis], m.dstGroups[to] = insert(m.srcGroups[f.axis], g), insert(m.dstGroups[to], g)
		m.toSrc[g], m.toDst[g] = insert(m.toSrc[g], f.axis), insert(m.toDst[g], to)
	}
	return m
}

// factors is the prime factors of every axis in order; false for an extent below 1.
func factors(shape []int) ([]factor, bool) {
	var out []factor
	for axis, d := range shape {
		if d < 1 {
			return nil, false
		}
		for p := 2; p*p <= d; p++ {
			for ; d%p == 0; d /= p {
				out = append(out, factor{p, axis})
			}
		}
		if d > 1 {
			out = append(out, factor{d, axis})
		}
	}
	return out, true
}

// matchFactors is where each factor of x is in y, equal ones in order.
func matchFactors(x, y []factor) []int {
	used, perm := make([]bool, len(y)), make([]int, len(x))
	for i, f := range x {
		j := 0
		for j < len(y) && (used[j] || y[j].prime != f.prime) {
			j++
		}
		if j == len(y) {
			return nil
		}
		used[j], perm[i] = true, j
	}
	return perm
}

// groupFactors numbers the group of each factor of x.
func groupFactors(x, y []factor, perm []int) []int {
	root := make([]int, len(x))
	for i := range root {
		root[i] = i
	}
	join := func(i, j int) {
		a, b := root[i], root[j]
		for k := range root {
			if root[k] == b {
				root[k] = a
			}
		}
	}
	for i := range x {
		for j := i + 1; j < len(x); j++ {
			if x[i].axis == x[j].axis || y[perm[i]].axis == y[perm[j]].axis || perm[i] > perm[j] {
				join(i, j)
			}
		}
	}
	return root
}

// insert adds v to a sorted list of distinct numbers.
func insert(list []int, v int) []int {
	i, found := slices.BinarySearch(list, v)
	if found {
		return list
	}
	return slices.Insert(list, i, v)
}

func mapAxes(axes []int, groups [][]int, to map[int][]int) []int {
	var out []int
	for _, a := range axes {
		for _, g := range groups[a] {
			for _, t := range to[g] {
				if !slices.Contains(out, t) {
					out = append(out, t)
				}
			}
		}
	}
	return out
}

// permutation is the order of axes after the reshape that does what order perm does before it, nil if none does.
func (m *viewMap) permutation(perm []int) []int {
	to := withSingletons(mapAxes(perm, m.srcGroups, m.toDst), m.dst)
	if to == nil || !sameBlocks(perm, to, m.srcGroups, m.dstGroups) {
		return nil
	}
	return to
}

// permutationBefore is the order of axes before the reshape that does what order perm does after it, nil if none does.
func (m *viewMap) permutationBefore(perm []int) []int {
	from := withSingletons(mapAxes(perm, m.dstGroups, m.toSrc), m.src)
	if from == nil || !sameBlocks(from, perm, m.srcGroups, m.dstGroups) {
		return nil
	}
	return from
}

// axesBefore is the axes before the reshape that hold the same elements as the axes after it, nil if they share a group with
// others.
//
//	source  dim_maps.py: map_dim_inverse
func (m *viewMap) axesBefore(axes []int) []int {
	if !coversGroups(axes, m.dstGroups) {
		return nil
	}
	from := mapAxes(axes, m.dstGroups, m.toSrc)
	if len(from) == 0 || !coversGroups(from, m.srcGroups) {
		return nil
	}
	return from
}

// coversGroups says whether axes hold every group that they touch as a whole, and each at least one.
func coversGroups(axes []int, groups [][]int) bool {
	var touched []int
	for _, a := range axes {
		if len(groups[a]) == 0 {
			return false
		}
		touched = append(touched, groups[a]...)
	}
	for a, gs := range groups {
		if slices.Contains(axes, a) {
			continue
		}
		if slices.ContainsFunc(gs, func(g int) bool { return slices.Contains(touched, g) }) {
			return false
		}
	}
	return len(axes) > 0
}

// withSingletons puts the missing axes of extent 1 into a partial order of axes; nil if one that is missing is longer.
func withSingletons(axes, shape []int) []int {
	out := slices.Clone(axes)
	for d := len(shape) - 1; d >= 0; d-- {
		if slices.Contains(axes, d) {
			continue
		}
		if shape[d] != 1 {
			return nil
		}
		at := slices.IndexFunc(out, func(a int) bool { return a > d })
		if at < 0 {
			at = len(out)
		}
		out = slices.Insert(out, at, d)
	}
	if !isPermutation(out, len(shape)) {
		return nil
	}
	return out
}

// sameBlocks says whether two orders of axes take the groups one after the other in the same way, each in rising order.
func sameBlocks(src, dst []int, srcGroups, dstGroups [][]int) bool {
	a, ok := blocks(src, srcGroups)
	b, ok2 := blocks(dst, dstGroups)
	return ok && ok2 && slices.Equal(a, b)
}

// blocks is the groups in the order in which axes takes them; false if it comes back to one or leaves rising order in one.
func blocks(axes []int, groups [][]int) ([]int, bool) {
	var out []int
	last := -1
	for _, a := range axes {
		if len(groups[a]) == 0 {
			continue
		}
		g := groups[a][0]
		switch {
		case len(out) > 0 && out[len(out)-1] == g:
			if a < last {
				return nil, false
			}
		case slices.Contains(out, g):
			return nil, false
		default:
			out = append(out, g)
		}
		last = a
	}
	return out, true
}

// isPermutation says whether v holds every axis of rank axes once.
func isPermutation(v []int, rank int) bool {
	if len(v) != rank {
		return false
	}
	seen := make([]bool, rank)
	for _, x := range v {
		if x < 0 || x >= rank || seen[x] {
			return false
		}
		seen[x] = true
	}
	return true
}

// inverse is the order of axes that undoes perm.
func inverse(perm []int) []int {
	out := make([]int, len(perm))
	for i, p := range perm {
		out[p] = i
	}
	return out
}

// isIdentity says whether perm leaves every axis where it is.
func isIdentity(perm []int) bool {
	for i, p := range perm {
		if i != p {
			return false
		}
	}
	return true
}

// movesNothing says whether perm moves only axes of extent 1.
func movesNothing(shape, perm []int) bool {
	last := -1
	for _, p := range perm {
		if shape[p] == 1 {
			continue
		}
		if p < last {
			return false
		}
		last = p
	}
	return true
}
