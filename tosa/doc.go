// Package tosa turns the converted graph into the edge graph that the partitioner sees, and each delegate of that into TOSA
// operators with their RESCALE numbers.
package tosa
