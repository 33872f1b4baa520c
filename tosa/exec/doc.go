// Package exec evaluates the integer profile of TOSA, bit for bit as the TOSA reference model does.
//
// Compile binds each operator of a graph, as tosa.Lower and tosa.Read make it, to a kernel and prepares its constants once; Run
// evaluates one batch. All arithmetic is whole numbers, and work is split over rows of a result only, so that the bits depend
// neither on the number of processors nor on the order in which they come to the rows.
//
// Where the specification calls a result unpredictable (an accumulator that overflows, a value outside of the range of a
// RESCALE's shift), the low bits are kept, which need not be what the reference model or a device gives.
package exec
