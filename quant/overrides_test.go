package quant

import (
	"errors"
	"strings"
	"testing"

	"seam/model"
)

func TestParseOverrides(t *testing.T) {
	list, err := ParseOverrides(`[{"module_name": "a.b", "quant": null}, {"node_name": "relu", "quant": {"scheme": "a16w8"}},
		{"node_target": "aten.add.Tensor"}, {"module_type": "torch.nn.modules.linear.Linear", "quant": {"scheme": "int8", "is_per_channel": false}}]`)
	if err != nil {
		t.Fatal(err)
	}
	want := []Override{
		{Name: "a.b", None: true},
		{Node: "relu", Args: PresetArgs(A16W8, true)},
		{Target: "aten.add.Tensor", None: true},
		{Type: "torch.nn.modules.linear.Linear", Args: PresetArgs(Int8, false)},
	}
	for i := range want {
		if list[i] != want[i] {
			t.Errorf("setting %d: %+v, want %+v", i, list[i], want[i])
		}
	}
	for text, reason := range map[string]string{
		`[{"quant": null}]`: "setting 1 names no module",
		`[{"node_name": "a", "quant": {"scheme": "int7"}}]`: `scheme "int7" is not known`,
		`{}`: "read quantizer settings",
	} {
		if _, err := ParseOverrides(text); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: error %v, want one with %q", text, err, reason)
		}
	}
}

// The legacy annotator cannot find single nodes: upstream raises.
func TestOverridesOfLegacy(t *testing.T) {
	_, err := Config{Annotator: Legacy, Overrides: `[{"node_name": "relu", "quant": null}]`}.overrides()
	var upstream *model.UpstreamError
	if !errors.As(err, &upstream) || !strings.Contains(err.Error(), "set_node_name is only supported in the composable") {
		t.Errorf("error %v", err)
	}
}
