package tosa

import (
	"slices"

	"seam/model"
)

// permuteSlice makes a SLICE one of a value whose axis i is axis perms[i] of the value it read.
func (e *emitter) permuteSlice(n model.NodeID, perms []int) {
	x := e.Node(n)
	axis := slices.Index(perms, int(x.Kwarg("axis").Int))
	e.setSlice(n, axis, permuted(ints(x, "start"), perms), permuted(ints(x, "size"), perms))
}

// setSlice changes a SLICE's arguments. axis is the one that it was made for; a slice may take all of it.
func (e *emitter) setSlice(n model.NodeID, axis int, start, size []int) {
	kw := []model.KwArg{intKw("axis", axis), intsKw("start", start), intsKw("size", size)}
	e.SetArgs(n, e.Node(n).Args, kw)
}

// interval is the axis that a SLICE was made for, and where on it the slice starts and ends.
func (e *emitter) interval(n model.NodeID) (axis, start, end int) {
	x := e.Node(n)
	axis = int(x.Kwarg("axis").Int)
	start = ints(x, "start")[axis]
	return axis, start, start + ints(x, "size")[axis]
}

// setInterval makes a SLICE take start to end of an axis of a value of that shape.
func (e *emitter) setInterval(n model.NodeID, shape []int, axis, start, end int) {
	from, size := make([]int, len(shape)), slices.Clone(shape)
	from[axis], size[axis] = start, end-start
	e.setSlice(n, axis, from, size)
}

// throughSlice moves layout change n to the other side of SLICE next, if it can.
//
//	source  backends/transforms/propagate_view_copy_permute_pass.py: _maybe_swap_permute_args, _maybe_swap_view_args
func (m *mover) throughSlice(n, next model.NodeID) bool {
	switch {
	case !m.is(next, opSlice):
		return false
	case m.is(n, opReshape) && m.up:
		return m.viewUpSlice(n, next)
	case m.is(n, opReshape):
		return m.viewDownSlice(n, next)
	case len(m.perms(n)) != len(ints(m.Node(next), "start")):
		return false
	case m.up:
		m.permuteSlice(next, m.perms(n))
	default:
		m.permuteSlice(next, inverse(m.perms(n)))
	}
	return true
}

// viewDownSlice moves RESHAPE n behind a SLICE of an axis that the RESHAPE leaves whole.
func (m *mover) viewDownSlice(n, next model.NodeID) bool {
	vm := m.viewOf(n)
	axis, start, end := m.interval(next)
	if vm == nil {
		return false
	}
	before := vm.axesBefore([]int{axis})
	if len(before) != 1 {
		return false
	}
	m.setKw(n, "shape", model.IntsArg(m.shapeOf(next)...))
	m.setInterval(next, vm.src, before[0], start, end)
	return true
}

// viewUpSlice moves RESHAPE n in front of a SLICE. A slice of one element, whose axis the RESHAPE takes out, becomes one of the
// axis behind it.
//
//	source  propagate_view_copy_permute_pass.py: _maybe_swap_slice_view_args
func (m *mover) viewUpSlice(n, next model.NodeID) bool {
	vm := m.viewOf(n)
	if vm == nil {
		return false
	}
	in := m.shapeOf(m.input(next))
	axis, start, end := m.interval(next)
	shape, to, from, until := vm.unitSlice(in, axis, start, end)
	if shape == nil {
		if shape = vm.remap(in); shape == nil {
			return false
		}
		if to = vm.wholeAxis(axis); to < 0 {
			return false
		}
		from, until = start, end
	}
	if from < 0 || from >= until || until > shape[to] {
		return false
	}
	m.setKw(n, "shape", model.IntsArg(shape...))
	m.setInterval(next, shape, to, from, until)
	return true
}

// viewOf maps the axes of RESHAPE n, nil if they cannot be.
func (e *emitter) viewOf(n model.NodeID) *viewMap {
	return newViewMap(e.shapeOf(e.input(n)), ints(e.Node(n), "shape"))
}

// axesAfter is the axes behind the reshape that each axis in front of it becomes; axes of extent 1 are paired up.
//
//	source  backends/transforms/dim_maps.py: source_to_target_axes
func (m *viewMap) axesAfter() [][]int {
	out := make([][]int, len(m.src))
	taken := make([]bool, len(m.dst))
	for a := range m.src {
		out[a] = mapAxes([]int{a}, m.srcGroups, m.toDst)
		for _, t := range out[a] {
			taken[t] = true
		}
	}
	var from, to []int
	for a, d := range m.src {
		if d == 1 && len(out[a]) == 0 {
			from = append(from, a)
		}
	}
	for t, d := range m.dst {
		if d == 1 && !taken[t] {
			to = append(to, t)
		}
	}
	switch {
	case len(from) == 1:
		from = slices.Repeat(from, len(to))
	case len(to) == 1:
		to = slices.Repeat(to, len(from))
	}
	for i := range min(len(from), len(to)) {
		out[from[i]] = append(out[from[i]], to[i])
	}
	return out
}

// axesOfTarget is the axes in front of the reshape that make up axis t behind it.
func axesOfTarget(after [][]int, t int) []int {
	var out []int
	for a, ts := range after {
		if slices.Contains(ts, t) {
			out = append(out, a)
		}
	}
	return out
}

// wholeAxis is the only axis behind the reshape that axis a becomes, -1 if there are several or it holds others too.
func (m *viewMap) wholeAxis(a int) int {
	after := m.axesAfter()
	if len(after[a]) != 1 || slices.ContainsFunc(axesOfTarget(after, after[a][0]), func(s int) bool { return s != a }) {
		return -1
	}
	return after[a][0]
}

// remap is the shape behind the reshape for another shape in front of it, nil if there is none.
//
//	source  backends/transforms/dim_maps.py: remap_target_shape
func (m *viewMap) remap(shape []int) []int {
	if len(shape) != len(m.src) {
		return nil
	}
	after := m.axesAfter()
	to := slices.Repeat([]int{1}, len(m.dst))
	var order []int
	for a, ts := range after {
		if shape[a] != 1 {
			order = append(order, ts...)
		}
		if !m.remapAxis(shape, a, after, to) {
			return nil
		}
	}
	if product(to) != product(shape) || slices.Contains(to, 0) || !slices.IsSorted(order) {
		return nil
	}
	return to
}

// remapAxis writes the extents that axis a of shape becomes; false if it cannot be divided as before.
func (m *viewMap) remapAxis(shape []int, a int, after [][]int, to []int) bool {
	ts := after[a]
	if len(ts) == 1 {
		if from := axesOfTarget(after, ts[0]); from[0] == a {
			for _, s := range from {
				to[ts[0]] *= shape[s]
			}
		}
		return true
	}
	dims := permuted(m.dst, ts)
	switch {
	case slices.ContainsFunc(ts, func(t int) bool { return len(axesOfTarget(after, t)) > 1 }), len(ts) == 0:
	case shape[a] == m.src[a] || product(dims) != 1 && product(dims) == m.src[a]:
		for i, t := range ts {
			to[t] = dims[i]
		}
	case product(dims) == 1:
		to[ts[0]] = shape[a]
	default:
		return false
	}
	return true
}

// unitSlice is what a reshape in front and a slice behind it are that do what a slice of one element and then the reshape do,
// where the reshape takes the slice's axis out; a nil shape if there are none.
//
//	source  backends/transforms/dim_maps.py: remap_unit_slice
func (m *viewMap) unitSlice(in []int, axis, start, end int) (shape []int, to, from, until int) {
	after := m.axesAfter()
	if len(in) != len(m.src) || end-start != 1 || len(after[axis]) > 0 {
		return nil, 0, 0, 0
	}
	before, behind := slices.Concat(after[:axis]...), slices.Concat(after[axis+1:]...)
	if len(before) == 0 {
		return nil, 0, 0, 0
	}
	for _, ts := range after[axis+1:] {
		if len(ts) > 0 && ts[0] >= slices.Max(before) && ts[0] <= slices.Min(behind) {
			shape = slices.Clone(m.dst)
			chunk := shape[ts[0]]
			shape[ts[0]] *= in[axis]
			return shape, ts[0], start * chunk, end * chunk
		}
	}
	return nil, 0, 0, 0
}
