package lanes

import (
	"strings"
	"testing"
)

// graph makes a Source of lines "name = operand operand" and returns the names.
func graph(t testing.TB, text string) (Source, []string) {
	t.Helper()
	row := map[string]int32{}
	var in [][]int32
	var names []string
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		name, operands, _ := strings.Cut(line, " = ")
		name = strings.TrimSpace(name)
		var ops []int32
		for _, o := range strings.Fields(operands) {
			v, ok := row[o]
			if !ok {
				t.Fatalf("%s: operand %s is not defined above", name, o)
			}
			ops = append(ops, v)
		}
		row[name] = int32(len(in))
		in, names = append(in, ops), append(names, name)
	}
	return Source{len(in), func(i int) []int32 { return in[i] }}, names
}

// picture draws the whole of g with the names at the right.
func picture(g Source, names []string, style Style, maxLanes int) string {
	var b strings.Builder
	for i, gutter := range New(g).Rows(0, g.N, style, maxLanes) {
		b.WriteString(gutter + " " + names[i] + "\n")
	}
	return b.String()
}

func TestTMP(t *testing.T) {
	g, n := graph(t, `
relu
conv_1 = relu
relu_1 = conv_1
add = relu_1 relu
b0 = add
b1 = add
b1r = b1
cat = b0 b1r add`)
	t.Log("\n" + picture(g, n, Unicode, 8))
	t.Log("\n" + picture(g, n, ASCII, 8))
	t.Log("\n" + picture(g, n, Unicode, 2))
}
