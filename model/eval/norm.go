package eval

import (
	"math"
	"slices"
	"strings"
)

// bindSoftmax covers softmax and its logarithm.
func bindSoftmax(o op) kernel {
	switch strings.TrimPrefix(o.base, "_") {
	case "softmax":
		return func(c *call) *Value { return softmaxKernel(c, false) }
	case "log_softmax":
		return func(c *call) *Value { return softmaxKernel(c, true) }
	}
	return nil
}

func softmaxKernel(c *call, log bool) *Value {
	x := c.floatTensor("self").cast(c.dtype("dtype"))
	return softmax(x, c.axis("dim", len(x.Shape), -1), log)
}

// softmax works along dimension d, in float64.
func softmax(x *Value, d int, log bool) *Value {
	out := newValue(x.DType, x.Shape)
	n, inner := 1, 1
	if len(x.Shape) > 0 {
		n, inner = x.Shape[d], numel(x.Shape[d+1:])
	}
	if n == 0 {
		return out
	}
	parallel(x.Len()/n, 32*x.Len(), func(lo, hi int) {
		e := make([]float64, n)
		for r := lo; r < hi; r++ {
			softmaxRow(out.F, x.F, e, r/inner*n*inner+r%inner, inner, log)
		}
	})
	return out
}

// softmaxRow handles the elements at, at+step ...; e is scratch of the row's length.
func softmaxRow(out, in []float32, e []float64, at, step int, log bool) {
	top := math.Inf(-1)
	for i := range e {
		top = math.Max(top, float64(in[at+i*step]))
	}
	sum := 0.0
	for i := range e {
		e[i] = float64(in[at+i*step]) - top
		sum += math.Exp(e[i])
	}
	for i := range e {
		if log {
			out[at+i*step] = float32(e[i] - math.Log(sum))
		} else {
			out[at+i*step] = float32(math.Exp(e[i]) / sum)
		}
	}
}

// bindNorm covers normalisation by statistics.
func bindNorm(o op) kernel {
	switch o.base {
	case "batch_norm", "native_batch_norm", "_native_batch_norm_legit_no_training":
		triple := o.base != "batch_norm"
		return func(c *call) *Value { return batchNorm(c, triple) }
	case "layer_norm", "native_layer_norm":
		triple := o.base != "layer_norm"
		return func(c *call) *Value { return layerNorm(c, triple) }
	case "group_norm", "native_group_norm":
		triple := o.base != "group_norm"
		return func(c *call) *Value { return groupNorm(c, triple) }
	case "instance_norm":
		return instanceNorm
	case "rms_norm":
		return rmsNorm
	case "_weight_norm":
		return weightNorm
	}
	return nil
}

// optional is an optional tensor's elements; nil if it is None.
func (c *call) optional(name string) []float32 {
	if v := c.maybe(name); v != nil {
		return v.floats()
	}
	return nil
}

// affine is w[i]*y + b[i] with missing vectors as 1 and 0.
func affine(y float64, w, b []float32, i int) float32 {
	if w != nil {
		y *= float64(w[i])
	}
	if b != nil {
		y += float64(b[i])
	}
	return float32(y)
}

// batchNorm normalises each channel (dimension 1) by its running statistics, or by the batch's own in training.
func batchNorm(c *call, triple bool) *Value {
	x := c.floatTensor("input")
	own := c.truth("training") || !c.has("running_mean")
	out := c.normChannels(x, x.Shape[0], x.Shape[1], own)
	if triple {
		return listOf(out, newFloat(0), newFloat(0)) // the saved statistics are empty outside of training
	}
	return out
}

// instanceNorm normalises each channel of each sample by its own statistics, or by running ones.
func instanceNorm(c *call) *Value {
	x := c.floatTensor("input")
	own := c.truth("use_input_stats") || !c.has("running_mean")
	return c.normChannels(x, 1, x.Shape[0]*x.Shape[1], own)
}

// normChannels normalises x [batch, ch, ...] with one factor and one term a channel, in float32. Weights and running statistics
// repeat where there are more channels than they have.
//
//	source  aten/src/ATen/native/cpu/batch_norm_kernel.cpp: batch_norm_cpu_collect_linear_and_constant_terms
func (c *call) normChannels(x *Value, batch, ch int, own bool) *Value {
	w, b, mean, vars := c.optional("weight"), c.optional("bias"), c.optional("running_mean"), c.optional("running_var")
	eps, n := c.number("eps", 1e-5), x.Len()/max(1, batch*ch)
	out := newValue(x.DType, x.Shape)
	parallel(ch, 4*x.Len(), func(lo, hi int) {
		for k := lo; k < hi; k++ {
			var m, factor, term float32
			if own {
				m, factor = channelStatistics(x, batch, ch, k, n, eps)
			} else {
				m, factor = mean[k%len(mean)], 1/float32(math.Sqrt(float64(vars[k%len(vars)]+float32(eps))))
			}
			if w != nil {
				factor *= w[k%len(w)]
			}
			if b != nil {
				term = b[k%len(b)]
			}
			term = fma(-m, factor, term)
			for i := range batch {
				for j := (i*ch + k) * n; j < (i*ch+k+1)*n; j++ {
					out.F[j] = fma(x.F[j], factor, term)
				}
			}
		}
	})
	return out
}

// channelStatistics is the mean of channel k and the reciprocal root of its variance.
func channelStatistics(x *Value, batch, ch, k, n int, eps float64) (mean, root float32) {
	var row []float32
	for i := range batch {
		row = append(row, x.F[(i*ch+k)*n:(i*ch+k+1)*n]...)
	}
	v := float32(variance(row, 0))
	return meanRow(row), float32(1 / math.Sqrt(float64(v)+eps))
}

// normRows normalises every row of n elements; post finishes element i. It also gives each row's mean and reciprocal root of
// the variance.
func normRows(x *Value, n int, eps float64, post func(y float64, i int) float32) (out *Value, means, roots []float32) {
	out = newValue(x.DType, x.Shape)
	rows := 0
	if n > 0 {
		rows = x.Len() / n
	}
	means, roots = make([]float32, rows), make([]float32, rows)
	parallel(rows, 4*x.Len(), func(lo, hi int) {
		for k := lo; k < hi; k++ {
			row := x.F[k*n : (k+1)*n]
			m, r := sum64(row)/float64(n), 1/math.Sqrt(variance(row, 0)+eps)
			means[k], roots[k] = float32(m), float32(r)
			for j, v := range row {
				out.F[k*n+j] = post((float64(v)-m)*r, k*n+j)
			}
		}
	})
	return out, means, roots
}

func layerNorm(c *call, triple bool) *Value {
	x, size := c.floatTensor("input"), c.integers("normalized_shape")
	if len(size) == 0 || len(size) > len(x.Shape) || !slices.Equal(size, x.Shape[len(x.Shape)-len(size):]) {
		c.fail("normalized shape %v of %v", size, x.Shape)
		return nil
	}
	n, w, b := numel(size), c.optional("weight"), c.optional("bias")
	out, means, roots := normRows(x, n, c.number("eps", 1e-5), func(y float64, i int) float32 { return affine(y, w, b, i%n) })
	if !triple {
		return out
	}
	shape := slices.Clone(x.Shape)
	for i := len(shape) - len(size); i < len(shape); i++ {
		shape[i] = 1
	}
	return listOf(out, statistics(x, shape, means), statistics(x, shape, roots))
}

// statistics is one number a row; zeros where the rows are empty.
func statistics(x *Value, shape []int, v []float32) *Value {
	out := newValue(x.DType, shape)
	copy(out.F, v)
	return out
}

// groupNorm normalises groups of channels.
func groupNorm(c *call, triple bool) *Value {
	x := c.floatTensor("input")
	groups := c.integer("num_groups", c.integer("group", 1))
	batch, ch, inner := x.Shape[0], x.Shape[1], numel(x.Shape[2:])
	if groups < 1 || ch%groups != 0 {
		c.fail("%d channels in %d groups", ch, groups)
		return nil
	}
	w, b := c.optional("weight"), c.optional("bias")
	out, means, roots := normRows(x, ch/groups*inner, c.number("eps", 1e-5),
		func(y float64, i int) float32 { return affine(y, w, b, i/inner%ch) })
	if !triple {
		return out
	}
	shape := []int{batch, groups}
	return listOf(out, statistics(x, shape, means), statistics(x, shape, roots))
}

// rmsNorm divides by the root of the mean square; eps is the type's own where it is None.
func rmsNorm(c *call) *Value {
	x, w := c.floatTensor("input"), c.optional("weight")
	n, eps := numel(c.integers("normalized_shape")), c.number("eps", 1.1920928955078125e-07)
	out := newValue(x.DType, x.Shape)
	for k := range x.Len() / max(n, 1) {
		row, s := x.F[k*n:(k+1)*n], 0.0
		for _, v := range row {
			s += float64(v) * float64(v)
		}
		r := 1 / math.Sqrt(s/float64(n)+eps)
		for j, v := range row {
			out.F[k*n+j] = affine(float64(v)*r, w, nil, j)
		}
	}
	return out
}
