// Package eval evaluates an ATen graph in float, with PyTorch's CPU semantics.
//
// Values are contiguous and immutable: a kernel makes a new one, or shares the elements of its input where it only renames
// them (a reshape). An in-place operator makes a new value too, and later reads of what it wrote see that.
//
// # Numbers
//
// float32 arithmetic, with float64 inside transcendental functions and sums over an axis. Every output element is computed by
// one goroutine in one fixed order, so that a run gives the same bits whatever GOMAXPROCS is. Half types are rounded after
// every operator, narrow integers wrap; float64 tensors are kept as float32.
//
// # Kernels
//
// An operator's model.EvalClass picks a binder from a table, and the binder picks the kernel by the operator's base name
// ("relu" for aten.relu_.default). Kernels read arguments by their names in the schema, so that overloads share one kernel.
package eval
