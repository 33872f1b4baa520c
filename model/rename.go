package model

// Rename gives n a name made from the candidate. The old name stays used, as in torch.fx.
func (b *Builder) Rename(n NodeID, candidate string) {
	b.nodes[n].Name = b.Names.Create(candidate)
}
