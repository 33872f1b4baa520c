// Package observer turns the values that calibration sends through a tensor into a scale and a zero
// point, with the bits upstream's observers give, and holds the arithmetic of the quantize and
// dequantize operators that use them.
//
// Upstream names are those of torchao/quantization/pt2e/observer.py (HistogramObserver,
// MinMaxObserver, PerChannelMinMaxObserver) and torch/ao/quantization/fx/_decomposed.py. The scalar
// kernels behind them (linspace, histc, sum, div) are those of torch on x86-64 with AVX2 or AVX-512.
//
// # Rounding
//
// Every float32 operation is rounded once. A product that meets a sum is wrapped in float32(...), also
// where an assignment lies between: the compiler otherwise fuses the two on some processors. Where
// upstream fuses, fma32 does so in plain float64, so that results do not depend on the processor seam
// runs on.
//
// # Threads
//
// Upstream counts in float32, one counter a thread, and such a counter stops at 2^24; above that its
// histogram depends on the number of threads. This package gives the result of one thread: a bin of
// one batch holds at most 2^24.
//
// # Concurrency
//
// An observer has one writer. Its other methods only read, and may run together.
package observer
