package yamlfile

import (
	"errors"
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	type file struct {
		A string   `yaml:"a"`
		B []string `yaml:"b"`
	}
	tests := []struct {
		text string
		line int
		want string // of the error; "" for none
	}{
		{"", 0, ""},
		{"# c\n", 0, ""},
		{"a: x\nb: [y]\n", 0, ""},
		{"a: x\nc: y\n", 2, "unknown field"},
		{"a: x\na: y\n", 2, "already"},
		{"a: [x\n", 1, "sequence"},
		{"b: !t\nx: y", 0, "not YAML"},
	}
	for _, x := range tests {
		var v file
		err := Decode(strings.NewReader(x.text), "f.yaml", &v)
		var e *Error
		switch {
		case x.want == "" && err != nil, x.want != "" && !errors.As(err, &e):
			t.Errorf("%q: %v, want %q", x.text, err, x.want)
		case e != nil && (e.Line != x.line || !strings.Contains(e.Text, x.want) || strings.Contains(e.Error(), "\n")):
			t.Errorf("%q: %v, want line %d, %q", x.text, e, x.line, x.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a: b\n")
	f.Add("- !t\n- &a [*a]\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse([]byte(text), "f.yaml")
		if (file == nil) == (err == nil) {
			t.Errorf("file %v, error %v", file, err)
		}
	})
}
