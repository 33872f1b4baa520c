package exec

import "math"

// Deviation adds up how far quantized values are from those of a float run.
type Deviation struct {
	Signal, Noise float64 // sums of the squares of the float values, and of the differences
	Largest       float64 // greatest magnitude of a difference
	Count         int     // elements
}

// Add adds values in real units; both lists have one order. Elements whose float value is not finite do not count.
func (d *Deviation) Add(quantized, float []float32) {
	for i, f := range float {
		x := float64(f)
		if math.IsInf(x, 0) || math.IsNaN(x) {
			continue
		}
		e := float64(quantized[i]) - x
		d.Signal += x * x
		d.Noise += e * e
		d.Largest = max(d.Largest, math.Abs(e))
		d.Count++
	}
}

// SQNR is the signal to quantization noise ratio in dB: 10 log10 of the signal's energy by the noise's. It is +Inf without
// noise, and -Inf where there is noise and the signal is 0.
func (d *Deviation) SQNR() float64 {
	switch {
	case d.Noise == 0:
		return math.Inf(1)
	case d.Signal == 0:
		return math.Inf(-1)
	}
	return 10 * math.Log10(d.Signal/d.Noise)
}

// Error is the SQNR in dB and the largest error in real units of quantized values against those of a float run.
func Error(quantized, float []float32) (sqnrDB, largest float64) {
	var d Deviation
	d.Add(quantized, float)
	return d.SQNR(), d.Largest
}
