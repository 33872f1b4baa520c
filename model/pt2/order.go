package pt2

import "fmt"

// refs calls f for every name that v reads; subgraphs see only their own names.
func (v value) refs(f func(name string)) {
	if v.kind == vRef || v.kind == vObject {
		f(v.s)
	}
	for i := range v.list {
		v.list[i].refs(f)
	}
}

func (n *node) refs(f func(name string)) {
	for i := range n.inputs {
		n.inputs[i].refs(f)
	}
}

// order is the nodes in an order in which every value is defined before it is read: the file's own where that will do.
//
//	errors  a name that two nodes define, a cycle
func (g *graph) order() ([]int, error) {
	def, twice := map[string]int{}, ""
	for i := range g.nodes {
		for _, o := range g.nodes[i].outputs {
			o.refs(func(name string) {
				if _, have := def[name]; have {
					twice = name
				}
				def[name] = i
			})
		}
	}
	if twice != "" {
		return nil, fmt.Errorf("%s is defined twice", quote(twice))
	}
	waits, users := make([]int, len(g.nodes)), make([][]int, len(g.nodes))
	sorted := true
	for i := range g.nodes {
		g.nodes[i].refs(func(name string) {
			if p, ok := def[name]; ok {
				waits[i]++
				users[p] = append(users[p], i)
				sorted = sorted && p < i
			}
		})
	}
	order := make([]int, 0, len(g.nodes))
	for i, w := range waits {
		if sorted || w == 0 {
			order = append(order, i)
		}
	}
	for at := 0; at < len(order) && !sorted; at++ {
		for _, u := range users[order[at]] {
			if waits[u]--; waits[u] == 0 {
				order = append(order, u)
			}
		}
	}
	if len(order) < len(g.nodes) {
		return nil, fmt.Errorf("the nodes depend on one another in a circle, %d of them", len(g.nodes)-len(order))
	}
	return order, nil
}
