package model

import "fmt"

// Check tests the invariants of a graph: names given, operands defined before their users, lists consistent. The first broken one
// is the error. That names are unique is the builder's doing; CheckNames tests it.
func Check(g *Graph) error {
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.Name == "" {
			return fmt.Errorf("graph: node %d has no name", i)
		}
		for _, p := range g.In(NodeID(i)) {
			if p < 0 || int(p) >= i {
				return fmt.Errorf("graph: node %q reads a node that is not defined before it", n.Name)
			}
		}
		if int(g.cells[i]) >= len(g.marks) {
			return fmt.Errorf("graph: node %q has no mark place %d", n.Name, g.cells[i])
		}
		if n.Kind == Output && i != len(g.nodes)-1 {
			return fmt.Errorf("graph: output %q is not the last node", n.Name)
		}
	}
	return nil
}

// CheckNames tests that no two nodes have one name.
func CheckNames(g *Graph) error {
	if n := len(g.names.of(g)); n != len(g.nodes) {
		return fmt.Errorf("graph: %d names for %d nodes", n, len(g.nodes))
	}
	return nil
}
