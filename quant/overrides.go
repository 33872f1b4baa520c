package quant

import (
	"encoding/json"
	"fmt"
	"strings"

	"seam/model"
)

// Override is one per-module setting: the modules that it covers, by type or by name, and what they get.
type Override struct {
	Type string // "torch.nn.modules.linear.Linear"; "" if by name
	Name string // dotted path
	None bool   // the modules stay as they are
	Args Args
}

// overrides reads the per-module settings, in the order in which they were made.
func (c Config) overrides() ([]Override, error) {
	if c.Overrides == "" {
		return nil, nil
	}
	var list []struct {
		Type  string          `json:"module_type"`
		Name  string          `json:"module_name"`
		Quant json.RawMessage `json:"quant"`
	}
	if err := json.Unmarshal([]byte(c.Overrides), &list); err != nil {
		return nil, fmt.Errorf("read per-module settings: %w", err)
	}
	out := make([]Override, len(list))
	for i, x := range list {
		out[i] = Override{Type: x.Type, Name: x.Name, None: string(x.Quant) == "null"}
		if out[i].None {
			continue
		}
		var err error
		if out[i].Args, err = ParseArgs(x.Quant); err != nil {
			return nil, fmt.Errorf("read per-module settings: %w", err)
		}
	}
	return out, nil
}

// ParseArgs reads a quantization config from JSON: "scheme", and the arguments of upstream's function by name. Those left out
// are that function's defaults.
func ParseArgs(raw []byte) (Args, error) {
	var q struct {
		Scheme     string   `json:"scheme"`
		PerChannel *bool    `json:"is_per_channel"`
		QAT        *bool    `json:"is_qat"`
		Dynamic    *bool    `json:"is_dynamic"`
		ActMin     *int64   `json:"act_qmin"`
		ActMax     *int64   `json:"act_qmax"`
		WMin       *int64   `json:"weight_qmin"`
		WMax       *int64   `json:"weight_qmax"`
		Eps        *float64 `json:"eps"`
		Epsilon    *float64 `json:"epsilon"`
	}
	if err := json.Unmarshal(raw, &q); err != nil {
		return Args{}, fmt.Errorf("read a quantization config: %w", err)
	}
	p, ok := ParsePreset(q.Scheme)
	if !ok {
		return Args{}, fmt.Errorf("scheme %q is not known", q.Scheme)
	}
	a := PresetArgs(p, true)
	for _, f := range []struct {
		to   *int64
		from *int64
	}{{&a.ActMin, q.ActMin}, {&a.ActMax, q.ActMax}, {&a.WMin, q.WMin}, {&a.WMax, q.WMax}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	for _, f := range []struct {
		to   *bool
		from *bool
	}{{&a.PerChannel, q.PerChannel}, {&a.QAT, q.QAT}, {&a.Dynamic, q.Dynamic}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	for _, e := range []*float64{q.Eps, q.Epsilon} {
		if e != nil {
			a.Eps = float32(*e)
		}
	}
	return a, nil
}

// covers says whether the setting is for node n.
//
//	source  backends/arm/quantizer/arm_quantizer_utils.py: get_module_name_filter, get_module_type_filter
func (o Override) covers(n *model.Node) bool {
	if n.Meta == nil {
		return false
	}
	for _, f := range n.Meta.Modules {
		if o.Type != "" && f.Type == o.Type || o.Name != "" && strings.TrimPrefix(f.Path, "L['self'].") == o.Name {
			return true
		}
	}
	return false
}
