package model

import "fmt"

// Check tests every invariant of a graph: names unique, operands defined before their users, lists consistent. The first
// broken one is the error.
func Check(g *Graph) error {
	if len(g.byName) != len(g.nodes) {
		return fmt.Errorf("graph: %d names for %d nodes", len(g.byName), len(g.nodes))
	}
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
		if int(n.cell) >= len(g.marks) {
			return fmt.Errorf("graph: node %q has no mark place %d", n.Name, n.cell)
		}
		if n.Kind == Output && i != len(g.nodes)-1 {
			return fmt.Errorf("graph: output %q is not the last node", n.Name)
		}
	}
	return nil
}
