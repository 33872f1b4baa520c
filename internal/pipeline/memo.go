package pipeline

import "slices"

// memoLen is how many outputs of a stage are kept: switching back costs nothing.
const memoLen = 4

// memo keeps a stage's last outputs under a comparable key: the revisions of its inputs and its own options. An entry depends
// on nothing else.
type memo[K comparable, V any] struct {
	entries []memoEntry[K, V]
	revs    uint32
}

type memoEntry[K comparable, V any] struct {
	key K
	val V
	rev uint32
}

// get finds the output for a key and its revision.
func (m *memo[K, V]) get(k K) (V, uint32, bool) {
	for _, e := range m.entries {
		if e.key == k {
			return e.val, e.rev, true
		}
	}
	var zero V
	return zero, 0, false
}

// put notes an output. If it equals one that is kept, that one's revision is used again, so that later stages are reused too.
func (m *memo[K, V]) put(k K, v V, equal func(a, b V) bool) (V, uint32) {
	rev := uint32(0)
	for _, e := range m.entries {
		if equal(e.val, v) {
			v, rev = e.val, e.rev
			break
		}
	}
	if rev == 0 {
		m.revs++
		rev = m.revs
	}
	m.entries = append(m.entries, memoEntry[K, V]{k, v, rev})
	if len(m.entries) > memoLen {
		m.entries = m.entries[1:]
	}
	return v, rev
}

// find is a kept output that ok accepts.
func (m *memo[K, V]) find(ok func(V) bool) (V, bool) {
	for _, e := range m.entries {
		if ok(e.val) {
			return e.val, true
		}
	}
	var zero V
	return zero, false
}

// revise is what f makes of a kept output, the newest that it can use.
func (m *memo[K, V]) revise(f func(V, K) (V, bool)) (V, bool) {
	for _, e := range slices.Backward(m.entries) {
		if v, ok := f(e.val, e.key); ok {
			return v, true
		}
	}
	var zero V
	return zero, false
}
