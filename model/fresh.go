package model

// DropAttrs makes the set of constants empty, as that of a module made anew: names that were used are free again.
func (b *Builder) DropAttrs() { b.attrs, b.fixed, b.free = &Attrs{}, false, map[string]int{} }
