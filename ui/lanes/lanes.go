// Package lanes draws the gutter beside a list of nodes: one row a node, one lane a live value. A node stands under its
// first operand. A value that is needed again moves to the first free lane on the right, so the main path stays at the left.
package lanes

import (
	"slices"
	"sort"
)

// every is the least distance of two checkpoints, in rows.
const every = 256

// free marks a lane that holds no value.
const free = -1

// Source is the graph to draw. Row i defines value i.
type Source struct {
	N int
	// In is the operands of row i that take a lane, in argument order: rows before i. Others are passed over, and a
	// repeated one counts once. The slice is read before the next call, and never written.
	In func(i int) []int32
}

// Lanes is the sweep over a graph. It is immutable: windows may be drawn from it at the same time, as far as In allows.
type Lanes struct {
	src   Source
	last  []int32 // the last row that reads a value, or the row itself
	marks []mark  // from row 0 on, ascending
	width int     // the most lanes that any row takes
}

// mark is a checkpoint: the lanes above a row.
type mark struct {
	row  int
	lane []int32
}

// New sweeps over the graph. It takes time and memory linear in rows and operands, as long as few values live at once.
func New(src Source) *Lanes {
	l := &Lanes{src: src, last: make([]int32, src.N)}
	for i := range l.last {
		l.last[i] = int32(i)
		for _, v := range src.In(i) {
			if valid(v, i) {
				l.last[v] = int32(i)
			}
		}
	}
	s := sweep{src: src, last: l.last, pos: make([]int32, src.N)}
	for i := range src.N {
		// A checkpoint is no longer than the rows before it, so that all together are no longer than the graph.
		if n := len(l.marks); n == 0 || i-l.marks[n-1].row >= max(every, len(s.lane)) {
			l.marks = append(l.marks, mark{i, slices.Clone(s.lane)})
		}
		l.width = max(l.width, s.step(i).width)
	}
	return l
}

// Max is the most lanes that any row takes.
func (l *Lanes) Max() int { return l.width }

// window is a sweep that stands above row i, from the checkpoint before it.
func (l *Lanes) window(i int) sweep {
	at := sort.Search(len(l.marks), func(k int) bool { return l.marks[k].row > i }) - 1
	s := sweep{src: l.src, last: l.last, lane: slices.Clone(l.marks[at].lane)}
	for row := l.marks[at].row; row < i; row++ {
		s.step(row)
	}
	return s
}

func valid(v int32, i int) bool { return v >= 0 && int(v) < i }

// sweep is the state between two rows.
type sweep struct {
	src   Source
	last  []int32
	lane  []int32 // the value on each lane, or free; the last is not free
	pos   []int32 // the lane of each live value; without it they are looked for
	low   int     // no lane below it is free
	joins []join
	seen  []int32 // of each lane, the last row that joined it
}

// event is what happens on one row. It is valid until the next step.
type event struct {
	node  int    // the lane on which the node stands
	to    int    // the lane to which its first operand moves, or free
	stays bool   // the value that the node defines is read later
	above bool   // the node has an operand above it
	joins []join // the other operands
	width int    // lanes that the row takes
}

// join is an operand that reaches the node from the side.
type join struct {
	lane int
	ends bool // it is not read later
}

// step goes over row i.
func (s *sweep) step(i int) event {
	ev := event{node: free, to: free, stays: s.last[i] > int32(i)}
	s.joins = s.joins[:0]
	first := int32(free)
	in := s.src.In(i)
	index := s.index(len(in))
	for _, v := range in {
		if !valid(v, i) || v == first {
			continue
		}
		at := s.find(v, index)
		if first == free {
			first, ev.node, ev.above = v, at, true
		} else if s.meet(at, int32(i)) {
			s.joins = append(s.joins, join{at, s.last[v] == int32(i)})
		}
	}
	ev.joins = s.joins
	if first == free {
		ev.node = s.freeFrom(0)
	} else if s.last[first] > int32(i) {
		ev.to = s.freeFrom(ev.node + 1)
	}
	ev.width = max(len(s.lane), ev.node+1, ev.to+1)
	s.apply(i, first, ev)
	return ev
}

// apply gives the lanes to their owners below row i. Lanes that end there become free only now, so that no value moves to
// a lane that is still drawn as another.
func (s *sweep) apply(i int, first int32, ev event) {
	for _, j := range ev.joins {
		if j.ends {
			s.clear(j.lane)
		}
	}
	if ev.to != free {
		s.put(ev.to, first)
	}
	if ev.stays {
		s.put(ev.node, int32(i))
	} else {
		s.clear(ev.node)
	}
	for len(s.lane) > 0 && s.lane[len(s.lane)-1] == free {
		s.lane = s.lane[:len(s.lane)-1]
	}
	s.low = min(s.low, len(s.lane))
}

// index maps values to lanes if n of them are looked for, which is more than a search is good for.
func (s *sweep) index(n int) map[int32]int {
	if s.pos != nil || n <= 16 {
		return nil
	}
	index := make(map[int32]int, len(s.lane))
	for k, v := range s.lane {
		index[v] = k
	}
	return index
}

// find is the lane of the live value v.
func (s *sweep) find(v int32, index map[int32]int) int {
	switch {
	case s.pos != nil:
		return int(s.pos[v])
	case index != nil:
		return index[v]
	}
	return slices.Index(s.lane, v)
}

// meet says whether row has not joined lane k before.
func (s *sweep) meet(k int, row int32) bool {
	for len(s.seen) < len(s.lane) {
		s.seen = append(s.seen, free)
	}
	fresh := s.seen[k] != row
	s.seen[k] = row
	return fresh
}

// freeFrom is the first free lane from lane k on, which may be one more than there are.
func (s *sweep) freeFrom(k int) int {
	if k <= s.low {
		for s.low < len(s.lane) && s.lane[s.low] != free {
			s.low++
		}
		return s.low
	}
	for k < len(s.lane) && s.lane[k] != free {
		k++
	}
	return k
}

func (s *sweep) put(k int, v int32) {
	for len(s.lane) <= k {
		s.lane = append(s.lane, free)
	}
	s.lane[k] = v
	if s.pos != nil {
		s.pos[v] = int32(k)
	}
}

func (s *sweep) clear(k int) {
	if k < len(s.lane) {
		s.lane[k] = free
	}
	s.low = min(s.low, k)
}
