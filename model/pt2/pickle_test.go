package pt2

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// show writes an unpickled value as text, to a limited depth.
func show(v any, depth int) string {
	if depth > 8 {
		return "..."
	}
	var parts []string
	each := func(items []any) string {
		parts = nil
		for _, i := range items {
			parts = append(parts, show(i, depth+1))
		}
		return strings.Join(parts, ",")
	}
	switch v := v.(type) {
	case pyTuple:
		return "(" + each(v) + ")"
	case *pyList:
		return "[" + each(v.items) + "]"
	case *pyDict:
		s := "{"
		for i := range v.keys {
			s += show(v.keys[i], depth+1) + ":" + show(v.values[i], depth+1) + ","
		}
		return s + "}"
	case pyGlobal:
		return v.module + "." + v.name
	case *pyObject:
		return "<" + v.class + " " + each(v.args) + ">"
	case *pyTensor:
		return fmt.Sprintf("tensor%v", v.view.sizes)
	}
	return fmt.Sprint(v)
}

func unpickleText(data string) (any, error) {
	t := &torchSave{}
	u := &unpickler{data: []byte(data), bud: newBudget(int64(len(data))), reduce: t.reduce, persistent: persistent}
	return u.unpickle()
}

func TestUnpickle(t *testing.T) {
	tests := []struct{ name, data, want, fails string }{
		{"none", "\x80\x02N.", "<nil>", ""},
		{"numbers", "\x80\x02(K\x05M\x01\x02J\xff\xff\xff\xff\x8a\x02\x00\xff\x8a\x00G\x3f\xf8\x00\x00\x00\x00\x00\x00\x88\x89t.", "(5,513,-1,-256,0,1.5,true,false)", ""},
		{"texts", "\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00\x8c\x02hi\x94X\x01\x00\x00\x00aC\x01b\x87.", "(hi,a,[98])", ""},
		{"dict and memo", "\x80\x02}q\x00X\x01\x00\x00\x00ah\x00s.", "", "a dict inside itself"},
		{"list in itself", "\x80\x02]q\x00h\x00a.", "", "a list inside itself"},
		{"call", osSystem, "<os.system true>", ""},
		{"new object", "\x80\x02c__main__\nP2\nK\x01K\x02\x86\x81.", "<__main__.P2 1,2>", ""},
		{"built", "\x80\x02ccollections\nOrderedDict\n)R}X\x01\x00\x00\x00ak\x01sb.", "", "opcode not allowed"},
		{"ordered dict", "\x80\x02ccollections\nOrderedDict\n)R(X\x01\x00\x00\x00aK\x01u}b.", "{a:1,}", ""},
		{"set", "\x80\x02c__builtin__\nset\n]K\x01a\x85R.", "[1]", ""},
		{"bytes", "\x80\x02c_codecs\nencode\nX\x02\x00\x00\x00\xc3\xa9X\x06\x00\x00\x00latin1\x86R.", "[233]", ""},
		{"persistent ID", "\x80\x02K\x01Q.", "", "names no storage"},
		{"storage", "\x80\x02(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x04\x00\x00\x00../xX\x03\x00\x00\x00cpuK\x01tQ.", "", "without class, key or count"},
		{"cut off", "\x80\x02X\xff\x00\x00\x00a", "", "cut off"},
		{"long text", "\x80\x02\x8d\xff\xff\xff\xff\xff\xff\xff\xffa.", "", "cut off"},
		{"long integer", "\x80\x02\x8a\x09aaaaaaaaa.", "", "more than 8 bytes"},
		{"no stop", "\x80\x02N", "", "without STOP"},
		{"empty stack", "\x80\x02.", "", "stack is empty"},
		{"no mark", "\x80\x02Nt.", "", "no mark"},
		{"mark as a value", "\x80\x02(.", "", "a mark where a value should be"},
		{"nothing remembered", "\x80\x02h\x05.", "", "nothing remembered under 5"},
		{"global by stack", "\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01x\x85R.", "<os.system x>", ""},
		{"import of a callable's result", "\x80\x02cos\nsystem\n)R)R.", "<os.system >", ""},
		{"extension", "\x80\x02\x82\x01.", "", "opcode not allowed"},
		{"old instance", "\x80\x02(ios\nsystem\n.", "", "opcode not allowed"},
	}
	for _, tt := range tests {
		v, err := unpickleText(tt.data)
		switch {
		case tt.fails != "":
			if err == nil || !strings.Contains(err.Error(), tt.fails) {
				t.Errorf("%s: error %v, want %q", tt.name, err, tt.fails)
			}
		case err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case show(v, 0) != tt.want:
			t.Errorf("%s: %s, want %s", tt.name, show(v, 0), tt.want)
		}
	}
}

func FuzzPickle(f *testing.F) {
	for _, s := range []string{osSystem, "\x80\x02}q\x00(X\x01\x00\x00\x00aK\x01u.", "\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01x\x85R."} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		if v, err := unpickleText(string(data)); err == nil {
			_ = show(v, 0)
		}
	})
}

func FuzzPT2(f *testing.F) {
	for _, name := range []string{"plain_linear", "torch26_tied", "torch28_tied"} {
		data, err := os.ReadFile("testdata/" + name + ".pt2")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		_, _ = Read(strings.NewReader(string(data)), int64(len(data)), "fuzz.pt2")
	})
}

// FuzzGraph reads arbitrary text as the graph of an otherwise sound file: mutations of a zip file seldom get that far.
func FuzzGraph(f *testing.F) {
	for _, m := range members(f) {
		if m.name == graphEntry {
			f.Add(string(m.data))
		}
	}
	f.Fuzz(func(_ *testing.T, text string) {
		p, err := decodeProgram([]byte(text), newBudget(int64(len(text))))
		if err == nil {
			_ = p.build(&Program{}, weights{})
		}
	})
}
