package quant

import "seam/model"

// Annotator is one of upstream's two quantizer generations.
type Annotator uint8

// The annotators.
const (
	Composable Annotator = iota
	Legacy
)

var annotatorNames = [...]string{"composable", "legacy"}

func (a Annotator) String() string { return annotatorNames[a] }

// Preset names upstream's function that makes a quantization config.
type Preset uint8

// The presets. UInt8IO is for the model's inputs and outputs only.
const (
	Int8 Preset = iota
	A16W8
	A8W4
	UInt8IO
)

var presetNames = [...]string{"int8", "a16w8", "a8w4", "uint8_io"}

func (p Preset) String() string { return presetNames[p] }

// ParsePreset reads a name as String writes it.
func ParsePreset(s string) (Preset, bool) {
	for i, n := range presetNames {
		if n == s {
			return Preset(i), true
		}
	}
	return 0, false
}

// Args is a quantization config: a preset and its arguments.
//
//	source  backends/arm/quantizer/arm_quantizer.py: get_symmetric_quantization_config and its siblings
type Args struct {
	Preset         Preset
	PerChannel     bool
	QAT, Dynamic   bool
	ActMin, ActMax int64
	WMin, WMax     int64
	Eps            float32 // of the activations' observers (a16w8: epsilon)
}

// PresetArgs is a preset with upstream's default arguments.
func PresetArgs(p Preset, perChannel bool) Args {
	a := Args{Preset: p, PerChannel: perChannel, ActMin: -128, ActMax: 127, WMin: -127, WMax: 127, Eps: 1.0 / 65536}
	switch p {
	case A16W8:
		a.ActMin, a.ActMax, a.Eps = -32767, 32767, 1.0/4096
	case A8W4:
		a.WMin, a.WMax, a.QAT = -7, 7, true
	case UInt8IO:
		a.ActMin, a.ActMax = 0, 255
	}
	return a
}

// Config is every option of the stages up to convert. It is comparable; lists are canonical texts.
type Config struct {
	Release   string // a pack's release: "1.5.1"
	Annotator Annotator
	Args      Args
	IO        Args // of the model's inputs and outputs, if HasIO
	HasIO     bool
	NoIO      bool   // set_io(None) was called
	Overrides string // canonical JSON of per-module settings; "" for none
	Edits     Edits  // changes to the pack's families
	U55       bool   // the target is of the U55 subset: softmax is STABLE there
}

// act is the spec of activations, NoSpec where the config has none.
func (a Args) act() QSpec {
	q := QSpec{
		Kind: Observed, DType: model.Int8, Scheme: PerTensorAffine, Axis: -1, Min: a.ActMin, Max: a.ActMax,
		Observer: HistogramObserver, Eps: a.Eps,
	}
	if a.QAT {
		q.Observer = FusedFakeQuantize
	}
	switch a.Preset {
	case A16W8:
		q.DType, q.Scheme = model.Int16, PerTensorSymmetric
	case UInt8IO:
		q.DType = model.Uint8
	}
	return q
}

// weight is the spec of weights; axis is the channel axis where there is one.
func (a Args) weight(axis int8) QSpec {
	q := QSpec{
		Kind: Observed, DType: model.Int8, Scheme: PerTensorSymmetric, Axis: axis, Min: a.WMin, Max: a.WMax,
		Observer: MinMaxObserver, Eps: 1.0 / 65536,
	}
	if a.Preset == A16W8 { // its weight range arguments only appear in the label
		q.Min, q.Max = -127, 127
	}
	if a.PerChannel {
		q.Scheme, q.Observer = PerChannelSymmetric, PerChannelMinMaxObserver
	}
	if a.QAT {
		q.Observer = FakeQuantize
	}
	if a.Preset != A16W8 {
		q.Eps = a.Eps
	}
	return q
}
