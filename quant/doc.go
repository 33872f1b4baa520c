// Package quant is the PyTorch side of the pipeline: what runs before annotation, the two annotators, the sharing of
// observers, the observers' answers, and the conversion to quantize and dequantize nodes.
//
// Each stage is a pure function of a graph, rules and a Config, and the same code decides and explains. Upstream's files are
// named at each rule; which overloads belong to which family differs by release and is data (rules.txt).
package quant
