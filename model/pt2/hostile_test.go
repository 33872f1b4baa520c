package pt2

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"seam/model"
)

// member is one entry of a zip file to be written.
type member struct {
	name    string
	data    []byte
	deflate bool
}

// members reads the small sample that all variants are made from; names lack the root folder.
func members(t testing.TB) []member {
	t.Helper()
	z, err := zip.OpenReader("testdata/plain_linear.pt2")
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var out []member
	for _, f := range z.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(rc); err != nil {
			t.Fatal(err)
		}
		out = append(out, member{name: strings.TrimPrefix(f.Name, "plain_linear/"), data: b.Bytes()})
	}
	return out
}

// pack writes a zip file; a name that begins with "//" is taken as it is, without the root folder.
func pack(t testing.TB, ms []member) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range ms {
		name, bare := strings.CutPrefix(m.name, "//")
		if !bare {
			name = "plain_linear/" + name
		}
		method := zip.Store
		if m.deflate {
			method = zip.Deflate
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = w.Write(m.data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	graphEntry   = "models/model.json"
	weightConfig = "data/weights/model_weights_config.json"
)

// edit changes the first occurrence of old in an entry; old "" replaces the whole.
func edit(entry, old, repl string) func(testing.TB) []byte {
	return func(t testing.TB) []byte {
		ms := members(t)
		i := slices.IndexFunc(ms, func(m member) bool { return m.name == entry })
		if i < 0 || !bytes.Contains(ms[i].data, []byte(old)) {
			t.Fatalf("%s: no %q", entry, old)
		}
		if old == "" {
			ms[i].data = []byte(repl)
		} else {
			ms[i].data = bytes.Replace(ms[i].data, []byte(old), []byte(repl), 1)
		}
		return pack(t, ms)
	}
}

func add(ms ...member) func(testing.TB) []byte {
	return func(t testing.TB) []byte { return pack(t, append(members(t), ms...)) }
}

func drop(entry string) func(testing.TB) []byte {
	return func(t testing.TB) []byte {
		return pack(t, slices.DeleteFunc(members(t), func(m member) bool { return m.name == entry }))
	}
}

func sample(t testing.TB) []byte {
	data, err := os.ReadFile("testdata/plain_linear.pt2")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func bytesOf(f func(data []byte) []byte) func(testing.TB) []byte {
	return func(t testing.TB) []byte { return f(sample(t)) }
}

// pickled is a torch.save file with that pickle.
func pickled(t testing.TB, pickle string) []byte {
	return pack(t, []member{
		{name: "//archive/data.pkl", data: []byte(pickle)},
		{name: "//archive/byteorder", data: []byte("little")},
		{name: "//archive/version", data: []byte("3\n")},
	})
}

const osSystem = "\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R."

// hostile is a file with one thing wrong.
type hostile struct {
	name   string
	make   func(testing.TB) []byte
	refuse string // what the error says; "" if the file is read
	warn   string // what a warning says
}

const (
	size34 = `"sizes": [{"as_int": 3}, {"as_int": 4}]`
	stride = `"strides": [{"as_int": 4}, {"as_int": 1}]`
)

// containerCases break the zip file.
func containerCases() []hostile {
	return []hostile{
		{"as it is", bytesOf(func(b []byte) []byte { return b }), "", ""},
		{"packed again", func(t testing.TB) []byte { return pack(t, members(t)) }, "", ""},
		{"packed again, deflated", func(t testing.TB) []byte {
			ms := members(t)
			for i := range ms {
				ms[i].deflate = true
			}
			return pack(t, ms)
		}, "", ""},
		{"empty", bytesOf(func([]byte) []byte { return nil }), "not a zip file", ""},
		{"text", bytesOf(func([]byte) []byte { return []byte("hello\n") }), "not a zip file", ""},
		{"first half", bytesOf(func(b []byte) []byte { return b[:len(b)/2] }), "cut off: no directory at its end, byte 5625", ""},
		{"junk before", bytesOf(func(b []byte) []byte { return append(bytes.Repeat([]byte("x"), 64), b...) }), "not a zip file", ""},
		{"junk behind", bytesOf(func(b []byte) []byte { return append(b, bytes.Repeat([]byte("x"), 64)...) }), "", "64 bytes behind"},
		{"absolute name", add(member{name: "///etc/evil"}), `entry "/etc/evil": unsafe name`, ""},
		{"second root", add(member{name: "//other/x"}), `entry "other/x": lies outside the folder "plain_linear"`, ""},
		{"name with dots", add(member{name: "../../evil.txt"}), `evil.txt": unsafe name`, ""},
		{"name twice", add(member{name: "archive_format", data: []byte("pt3")}), `archive_format": is there twice`, ""},
		{"bomb", func(t testing.TB) []byte {
			ms := members(t)
			for i := range ms {
				if ms[i].name == graphEntry {
					ms[i].data, ms[i].deflate = append(bytes.Repeat([]byte(" "), 100<<20), ms[i].data...), true
				}
			}
			return pack(t, ms)
		}, "a ratio above 100", ""},
		{"overlapping", bytesOf(func(b []byte) []byte { // the last entry points at the one before it
			last := bytes.LastIndex(b, []byte("PK\x01\x02"))
			before := bytes.LastIndex(b[:last], []byte("PK\x01\x02"))
			copy(b[last+42:last+46], b[before+42:before+46])
			return b
		}), "overlaps the entry before it", ""},
		{"many entries", func(t testing.TB) []byte {
			ms := members(t)
			for i := range 60_000 {
				ms = append(ms, member{name: fmt.Sprintf("extra/%0100d", i)})
			}
			return pack(t, ms)
		}, "the zip directory is larger than", ""},
		{"damaged graph", bytesOf(func(b []byte) []byte { return bytes.Replace(b, []byte("torch.ops"), []byte("torch.oqs"), 1) }), "checksum error", ""},
		{"damaged weight", bytesOf(func(b []byte) []byte { b[bytes.Index(b, []byte("ZZZZ"))+60] ^= 1; return b }), "", "checksum error"},
	}
}

// markerCases break or lack one of the small entries.
func markerCases() []hostile {
	return []hostile{
		{"format", edit("archive_format", "", "pt3"), `archive format "pt3", not pt2`, ""},
		{"version", edit("archive_version", "", "99"), `archive version "99", not 0`, ""},
		{"container version", edit(".data/version", "", "99\n"), `container version "99", not 1 to 10`, ""},
		{"byte order", edit("byteorder", "", "big"), `byte order "big", not little`, ""},
		{"no model", drop(graphEntry), "no model inside; the save probably failed", ""},
		{"no weights config", drop(weightConfig), "", "model_weights_config.json\": not in the file"},
		{"no constants config", drop("data/constants/model_constants_config.json"), "", "constants_config.json\": not in the file"},
		{"no sample inputs", drop("data/sample_inputs/model.pt"), "", "no sample inputs"},
	}
}

// tensorCases break a tensor.
func tensorCases() []hostile {
	return []hostile{
		{"weight missing", drop("data/weights/weight_0"), "", `tensor "0.weight": "data/weights/weight_0": not in the file`},
		{"name missing in config", edit(weightConfig, `"0.weight"`, `"9.weight"`), "", `tensor "0.weight": the file has no such tensor`},
		{"path with dots", edit(weightConfig, `"weight_0"`, `"../../archive_format"`), "", "is no plain file name"},
		{"weight short", edit("data/weights/weight_0", "", strings.Repeat("x", 16)), "", "needs element 11 of a storage of 4"},
		{"weight odd", edit("data/weights/weight_0", "", strings.Repeat("x", 47)), "", "47 bytes are no multiple of the element size 4"},
		{"weight long", edit("data/weights/weight_0", "", strings.Repeat("x", 480)), "", ""},
		{"weight empty", edit("data/weights/weight_0", "", ""), "", "the file holds no data"},
		{"weight empty and huge", func(t testing.TB) []byte {
			ms := members(t)
			for i := range ms {
				switch ms[i].name {
				case "data/weights/weight_0":
					ms[i].data = nil
				case weightConfig:
					ms[i].data = bytes.Replace(ms[i].data, []byte(size34), []byte(`"sizes": [{"as_int": 8589934592}, {"as_int": 1048576}]`), 1)
				}
			}
			return pack(t, ms)
		}, "", "the file holds no data"},
		{"sizes overflow", edit(weightConfig, size34, `"sizes": [{"as_int": 1099511627776}, {"as_int": 1099511627776}]`), "", "too many elements"},
		{"size negative", edit(weightConfig, size34, `"sizes": [{"as_int": -3}, {"as_int": 4}]`), "", "negative size -3"},
		{"stride negative", edit(weightConfig, stride, `"strides": [{"as_int": -4}, {"as_int": 1}]`), "", "negative stride -4"},
		{"offset negative", edit(weightConfig, `"storage_offset": {"as_int": 0}`, `"storage_offset": {"as_int": -1}`), "", "negative offset -1"},
		{"offset large", edit(weightConfig, `"storage_offset": {"as_int": 0}`, `"storage_offset": {"as_int": 1000}`), "", "needs element 1011 of a storage of 12"},
		{"strides of another rank", edit(weightConfig, stride, `"strides": [{"as_int": 4}]`), "", "2 sizes and 1 strides"},
		{"size symbolic", edit(weightConfig, size34, `"sizes": [{"as_expr": {"expr_str": "s0", "hint": null}}, {"as_int": 4}]`), "", "only as_int is allowed"},
		{"dtype double", edit(weightConfig, `"dtype": 7`, `"dtype": 8`), "", "needs element 11 of a storage of 6"},
		{"dtype unknown", edit(weightConfig, `"dtype": 7`, `"dtype": 99`), "", "unknown dtype number 99"},
		{"dtype unknown in the graph", edit(graphEntry, `"dtype": 7`, `"dtype": 99`), "", "unknown dtype number 99"},
		{"shape differs", edit(weightConfig, size34, `"sizes": [{"as_int": 2}, {"as_int": 4}]`), "", "the file holds float32[2,4], the graph says float32[3,4]"},
	}
}

// schemaCases break the schema.
func schemaCases() []hostile {
	return []hostile{
		{"schema 7", edit(graphEntry, `"major": 8`, `"major": 7`), "schema version 7.20", ""},
		{"schema 9", edit(graphEntry, `"major": 8`, `"major": 9`), "schema version 9.20", ""},
		{"schema 8.99", edit(graphEntry, `"minor": 20`, `"minor": 99`), "", ""},
		{"no schema version", edit(graphEntry, `"schema_version"`, `"schema_versio"`), "no schema_version", ""},
		{"unknown field", edit(graphEntry, `"opset_version"`, `"what": [{"a": 1}], "opset_version"`), "", ""},
		{"two tags", edit(graphEntry, `{"as_tensor": {"name": "p_0_weight"}}`, `{"as_tensor": {"name": "p_0_weight"}, "as_int": 1}`), "graph.inputs[0].as_int: a union with more than one tag", ""},
		{"no tag", edit(graphEntry, `{"as_tensor": {"name": "p_0_weight"}}`, `{}`), "graph.inputs[0]: a union without a tag", ""},
		{"unknown tag", edit(graphEntry, `"arg": {"as_tensor": {"name": "p_0_bias"}}`, `"arg": {"as_future": [1]}`), "", `unknown kind of argument "as_future"`},
	}
}

// graphCases break the graph.
func graphCases() []hostile {
	return []hostile{
		{"cycle", edit(graphEntry, `{"name": "self", "arg": {"as_tensor": {"name": "linear"}}`, `{"name": "self", "arg": {"as_tensor": {"name": "linear_1"}}`), "depend on one another in a circle", ""},
		{"dangling name", edit(graphEntry, `{"name": "self", "arg": {"as_tensor": {"name": "linear"}}`, `{"name": "self", "arg": {"as_tensor": {"name": "nowhere"}}`), "", `nothing defines "nowhere"`},
		{"defined twice", edit(graphEntry, `"outputs": [{"as_tensor": {"name": "relu"}}]`, `"outputs": [{"as_tensor": {"name": "linear"}}]`), `"linear" is defined twice`, ""},
		{"unknown operator", edit(graphEntry, "torch.ops.aten.relu.default", "os.system"), "", ""},
		{"argument missing", edit(graphEntry, `{"name": "weight", "arg": {"as_tensor": {"name": "p_0_weight"}}, "kind": 1}, `, ""), "", "needs argument weight"},
		{"argument added", edit(graphEntry, `{"name": "self", "arg": {"as_tensor": {"name": "linear"}}, "kind": 1}`, `{"name": "self", "arg": {"as_tensor": {"name": "linear"}}, "kind": 1}, {"name": "zz", "arg": {"as_int": 1}, "kind": 2}`), "", "1 arguments that aten.relu.default does not have"},
		{"specs one short", edit(graphEntry, `{"parameter": {"arg": {"name": "p_2_bias"}, "parameter_name": "2.bias"}}, `, ""), "the signature has 4 inputs and 1 outputs, the graph 5 and 1", ""},
		{"type missing", edit(graphEntry, `"relu": {"dtype"`, `"rely": {"dtype"`), "", `value "relu": the file does not say its type`},
		{"bare NaN", edit(graphEntry, `"arg": {"as_tensor": {"name": "p_0_bias"}}`, `"arg": {"as_float": NaN}`), "", ""},
		{"size of 2^70", edit(graphEntry, size34, `"sizes": [{"as_int": 1180591620717411303424}, {"as_int": 4}]`), `"1180591620717411303424" is no 64-bit integer`, ""},
		{"deep nesting", edit(graphEntry, `"opset_version"`, `"what": `+strings.Repeat(`{"a":`, 200000)), "nested deeper than", ""},
		{"byte order mark", edit(graphEntry, `{"graph_module"`, "\xef\xbb\xbf{\"graph_module\""), "where '{' should stand", ""},
		{"binary", edit(graphEntry, "", "\x00\x01\x02"), "where '{' should stand", ""},
		{"cut off JSON", edit(graphEntry, `"verifiers"`, ""), "byte", ""},
		{"rank 9", edit(graphEntry, size34, `"sizes": [`+strings.Repeat(`{"as_int": 1}, `, 8)+`{"as_int": 1}]`), "", "rank 9, more than 8"},
		{"rank 100", edit(graphEntry, size34, `"sizes": [`+strings.Repeat(`{"as_int": 1}, `, 99)+`{"as_int": 1}]`), "more than 64 sizes", ""},
		{"call in sample inputs", func(t testing.TB) []byte {
			return edit("data/sample_inputs/model.pt", "", string(pickled(t, osSystem)))(t)
		}, "", ""},
		{"call as a weight", func(t testing.TB) []byte {
			ms := members(t)
			for i := range ms {
				switch ms[i].name {
				case "data/weights/weight_0":
					ms[i].data = pickled(t, osSystem)
				case weightConfig:
					ms[i].data = bytes.Replace(ms[i].data, []byte(`"use_pickle": false`), []byte(`"use_pickle": true`), 1)
				}
			}
			return pack(t, ms)
		}, "", `is an object made by "os.system"`},
		{"code as an expression", edit(graphEntry, size34, `"sizes": [{"as_expr": {"expr_str": "__import__('os').system('true')", "hint": null}}, {"as_int": 4}]`), "", ""},
	}
}

// TestHostile reads files with one thing wrong each. Files that are refused give one clear line with the file's name;
// the others are read, with a warning that says what is odd.
func TestHostile(t *testing.T) {
	for _, tt := range slices.Concat(containerCases(), markerCases(), tensorCases(), schemaCases(), graphCases()) {
		t.Run(tt.name, func(t *testing.T) {
			p, err := measured(t, tt.make(t), 1)
			if tt.refuse != "" {
				checkRefusal(t, err, tt.refuse)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			all := strings.Join(p.Warnings, "\n")
			if (tt.warn == "") != (all == "") || !strings.Contains(all, tt.warn) {
				t.Errorf("warnings %q, want %q", all, tt.warn)
			}
		})
	}
}

// measured reads a file and fails if it took more memory than it may: times the limit, garbage included.
func measured(t *testing.T, data []byte, times int64) (*Program, error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p, err := Read(bytes.NewReader(data), int64(len(data)), "bad.pt2")
	runtime.ReadMemStats(&after)
	if used, may := int64(after.TotalAlloc-before.TotalAlloc), times*int64(baseMemory+4*len(data)); used > may {
		t.Errorf("allocated %d bytes, more than %d", used, may)
	}
	return p, err
}

func checkRefusal(t *testing.T, err error, want string) {
	t.Helper()
	var le *model.LoadError
	if !errors.As(err, &le) {
		t.Fatalf("no load error: %v", err)
	}
	if msg := err.Error(); !strings.Contains(msg, want) || !strings.HasPrefix(msg, "bad.pt2: ") || strings.Contains(msg, "\n") {
		t.Errorf("error %q, want one line with %q", msg, want)
	}
}

// TestHungry reads files that would make a careless reader take much more memory than they have bytes.
func TestHungry(t *testing.T) {
	fill := func(piece string, n int) func(testing.TB) []byte {
		return func(t testing.TB) []byte {
			body := strings.TrimSuffix(strings.Repeat(piece+",", n), ",")
			return edit(graphEntry, "", fmt.Sprintf(`{"graph_module": {"graph": {%s}}, "schema_version": {"major": 8, "minor": 20}}`, body))(t)
		}
	}
	list := func(key, piece string, n int) func(testing.TB) []byte {
		return func(t testing.TB) []byte {
			body := strings.TrimSuffix(strings.Repeat(piece+",", n), ",")
			return fill(fmt.Sprintf(`"%s": [%s]`, key, body), 1)(t)
		}
	}
	for name, f := range map[string]func(testing.TB) []byte{
		"empty nodes":     list("nodes", "{}", 2_000_000),
		"numbers":         list("inputs", `{"as_ints":[`+strings.Repeat("1,", 999)+`1]}`, 2_000),
		"names":           list("inputs", `{"as_tensors":[`+strings.Repeat(`{},`, 999)+`{}]}`, 2_000),
		"nested unions":   list("inputs", `{"as_sym_int":{"as_none":1}}`, 500_000),
		"sizes":           fill(`"tensor_values": {"a": {"sizes": [{"as_int": 1}]}}`, 300_000),
		"empty arguments": list("nodes", `{"inputs":[`+strings.Repeat("{},", 99)+`{}]}`, 20_000),
		"constraints":     fill(`"x": {}`, 1_000_000),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := measured(t, f(t), 2); err != nil {
				checkRefusal(t, err, "")
			}
		})
	}
}
