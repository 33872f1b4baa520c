// Package model is the graph and everything that is true of it without quantization.
//
// One Graph type serves every dialect: the traced ATen graph, the Q/DQ graph, the edge graph and TOSA. A node defines one
// value, as in torch.fx, so a NodeID names both; a node with several results has a List type and getitem nodes that pick.
//
// # IDs
//
// NodeIDs are dense from 0 and topological: every operand of a node has a smaller ID. Side tables are slices by NodeID. The
// pair (operand, user) is an Edge; edges are dense from 0 too, in the order of the users, then of the operands, each pair once.
//
// # Immutability
//
// A Graph never changes after Builder.Freeze. A stage that changes a graph makes a Builder with Edit, changes that, and
// freezes it into a new Graph together with a Relation that ties each new node to the nodes it came from. Slices returned by
// accessors are shared: callers must not write to them.
package model
