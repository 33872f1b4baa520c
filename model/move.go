package model

// MoveBefore puts n, with what it reads and who reads it unchanged, directly in front of at.
func (b *Builder) MoveBefore(n, at NodeID) {
	if n == at {
		return
	}
	x := &b.nodes[n]
	if b.at == n {
		b.at = x.next
	}
	b.nodes[x.prev].next, b.nodes[x.next].prev = x.next, x.prev
	x.prev, x.next = b.nodes[at].prev, at
	b.nodes[x.prev].next, b.nodes[at].prev = n, n
}

// MoveAfter puts n directly behind at (see MoveBefore).
func (b *Builder) MoveAfter(n, at NodeID) {
	if n != at {
		b.MoveBefore(n, b.nodes[at].next)
	}
}
