package observer

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// HistcError is a batch whose histogram has no finite ends: it held a NaN. Upstream prints the sign
// of the NaN, which depends on its vector unit; here it is always "nan".
type HistcError struct {
	Min, Max float32
}

func (e *HistcError) Error() string {
	return fmt.Sprintf("torch.histc: range of [%s, %s] is not finite", pyFloat(e.Min), pyFloat(e.Max))
}

// WidenError is a batch of one number whose neighbours the format does not hold.
type WidenError struct{ Format string }

func (e *WidenError) Error() string {
	return fmt.Sprintf("value cannot be converted to type %s without overflow", e.Format)
}

// OrderError is a range that cannot be turned into a parameter: Min is above Max, or one is a NaN.
type OrderError struct {
	Min, Max float32
}

func (e *OrderError) Error() string {
	return fmt.Sprintf("min %s should be less than max %s", pyFloat(e.Min), pyFloat(e.Max))
}

// ShapeError is a tensor whose shape does not fit a per-channel observer.
type ShapeError struct {
	Shape  []int
	Axis   int
	Reason string
}

func (e *ShapeError) Error() string {
	return fmt.Sprintf("observe shape %v on axis %d: %s", e.Shape, e.Axis, e.Reason)
}

// LimitError is a Range upstream's observers refuse to be built with.
type LimitError struct {
	Range  Range
	Reason string
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("range [%d, %d]: %s", e.Range.Min, e.Range.Max, e.Reason)
}

// pyFloat prints v the way Python prints the double of it, since upstream's messages do.
func pyFloat(v float32) string {
	d := float64(v)
	a := math.Abs(d)
	switch {
	case math.IsNaN(d):
		return "nan"
	case math.IsInf(d, 0):
		return strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(d, 'g', -1, 64), "+"))
	case a != 0 && (a < 1e-4 || a >= 1e16):
		return strconv.FormatFloat(d, 'e', -1, 64)
	}
	s := strconv.FormatFloat(d, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
