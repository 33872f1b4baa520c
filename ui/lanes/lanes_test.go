package lanes

import (
	"fmt"
	"slices"
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
		name, operands, _ := strings.Cut(strings.TrimSpace(line), " = ")
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

const branches = `
x
relu = x
conv2d_1 = relu
relu_1 = conv2d_1
add = relu_1 relu
branch0.conv = add
branch1.conv = add
branch1.relu = branch1.conv
cat = branch0.conv branch1.relu add`

const many = `
a
b
c
d
e = a
f = e b
g = f d a
h = g c`

// drawings is graphs and how they are drawn.
var drawings = []struct {
	name, graph string
	style       Style
	max         int
	want        string
}{
	{"residual and branches", branches, Unicode, 8, `
○      x
●      relu
●─╮    conv2d_1
● │    relu_1
●─╯    add
●─╮    branch0.conv
│ ●─╮  branch1.conv
│ ● │  branch1.relu
●─┴─╯  cat`},
	{"the same in ASCII", branches, ASCII, 8, `
o      x
*      relu
*-.    conv2d_1
* |    relu_1
*-'    add
*-.    branch0.conv
| *-.  branch1.conv
| * |  branch1.relu
*-'-'  cat`},
	{"a line passes behind lanes", many, Unicode, 8, `
○          a
│ ○        b
│ │ ○      c
│ │ │ ○    d
●─│─│─│─╮  e
●─╯ │ │ │  f
●───│─┴─╯  g
●───╯      h`},
	{"quiet lanes fold", many, Unicode, 3, `
○        a
│ ○      b
│ │ ○1   c
│ │ ○2   d
●─│─┤3   e
●─╯ ┊3   f
●───┤1   g
●───╯    h`},
	{"one lane", many, Unicode, 1, `
○1   a
○2   b
○3   c
○4   d
●5   e
●4   f
●2   g
●    h`},
	{"operand on the left, and one that stays", `
a
b
c = b a
d = c a
e = d c`, Unicode, 8, `
○      a
│ ○    b
├─●    c
╰─●─╮  d
  ●─╯  e`},
	{"operand that stays behind another", `
a
b
c
d = a b c
e = d c
f = e b`, ASCII, 8, `
o      a
| o    b
| | o  c
*-+-+  d
*-|-'  e
*-'    f`},
	{"nodes without operands or users", "a\nb\nc = b\nd\ne = c d", Unicode, 8, `
○    a
○    b
●    c
│ ○  d
●─╯  e`},
	{"a repeated operand", "a\nb = a a\nc = b b a", Unicode, 8, `
○    a
●─╮  b
●─╯  c`},
	{"a dead node does not take its operand's lane along", "a\nb = a\nc = a", Unicode, 8, `
○    a
●─╮  b
  ●  c`},
}

func TestRows(t *testing.T) {
	for _, c := range drawings {
		t.Run(c.name, func(t *testing.T) {
			g, names := graph(t, c.graph)
			var b strings.Builder
			for i, gutter := range New(g).Rows(0, g.N, c.style, c.max) {
				fmt.Fprintf(&b, "\n%s %s", gutter, names[i])
			}
			if b.String() != c.want {
				t.Errorf("got:%s\nwant:%s", b.String(), c.want)
			}
		})
	}
}

// random is a graph of n rows made of bytes: each row takes up to three operands, most of them from close by.
func random(data []byte) Source {
	var in [][]int32
	for k := 0; k < len(data); {
		n := int(data[k] & 3)
		k++
		var ops []int32
		for ; n > 0 && k < len(data); n-- {
			ops = append(ops, int32(len(in)-1-int(data[k])))
			k++
		}
		in = append(in, ops)
	}
	return Source{len(in), func(i int) []int32 { return in[i] }}
}

// operands is what row i takes from lanes, once each, the first first and the others in order.
func operands(g Source, i int) []int32 {
	var out []int32
	for _, v := range g.In(i) {
		if valid(v, i) && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	if len(out) > 1 {
		slices.Sort(out[1:])
	}
	return out
}

// FuzzLanes checks that each live value has one lane and each lane one value, that the picture alone tells the operands of
// each row, that a window shows the same as the whole, and that every row has the width that was promised.
func FuzzLanes(f *testing.F) {
	f.Add([]byte{0, 1, 0, 2, 0, 1, 1, 3, 3, 3, 0, 1, 2}, uint16(0), uint8(8))
	f.Add([]byte{0, 0, 0, 0, 3, 3, 2, 1, 3, 0, 4, 3}, uint16(2), uint8(2))
	f.Add([]byte(strings.Repeat("\x02\x00\x05\x01\x03\x00", 400)), uint16(300), uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, from uint16, maxLanes uint8) {
		g := random(data[:min(len(data), 1024)])
		checkLive(t, g)
		l := New(g)
		whole := l.Rows(0, g.N, Unicode, max(1, l.Max()))
		checkPicture(t, g, whole)
		at := int(from) % max(1, g.N)
		for i, got := range l.Rows(at, at+60, Unicode, max(1, l.Max())) {
			if got != whole[at+i] {
				t.Fatalf("row %d drawn from row %d on: %q, want %q", at+i, at, got, whole[at+i])
			}
		}
		for i, got := range l.Rows(at, at+60, ASCII, int(maxLanes)) {
			if len(got) != l.Width(int(maxLanes)) {
				t.Fatalf("row %d in %d lanes: %q has %d cells, want %d", at+i, maxLanes, got, len(got), l.Width(int(maxLanes)))
			}
		}
	})
}

// checkLive sweeps over g and compares the lanes with the values that are live.
func checkLive(t *testing.T, g Source) {
	t.Helper()
	last := New(g).last
	s := sweep{src: g, last: last}
	for i := range g.N {
		s.step(i)
		var want []int32
		for v := range i + 1 {
			if last[v] > int32(i) {
				want = append(want, int32(v))
			}
		}
		got := slices.DeleteFunc(slices.Clone(s.lane), func(v int32) bool { return v == free })
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("below row %d: on lanes %v, live %v", i, got, want)
		}
	}
}

// checkPicture follows the lines of a picture and compares the operands it shows with those of g.
func checkPicture(t *testing.T, g Source, picture []string) {
	t.Helper()
	lane := make([]int32, 0, 16)
	for i, text := range picture {
		cells := []rune(text)
		for len(lane) < len(cells)/2 {
			lane = append(lane, free)
		}
		got := follow(cells, lane, int32(i))
		if want := operands(g, i); !slices.Equal(got, want) {
			t.Fatalf("row %d: the picture shows operands %v, want %v\n%s", i, got, want, strings.Join(picture[max(0, i-8):i+1], "\n"))
		}
	}
}

// follow reads the operands of one row off its cells and moves the values of the lanes as the row says.
func follow(cells []rune, lane []int32, row int32) []int32 {
	node := slices.IndexFunc(cells, func(r rune) bool { return r == '●' || r == '○' })
	var out []int32
	if cells[node] == '●' {
		out = append(out, lane[node/2])
	}
	lo, hi := node, node
	for lo > 0 && cells[lo-1] == '─' {
		lo -= 2
	}
	for cells[hi+1] == '─' {
		hi += 2
	}
	for c := lo; c <= hi; c += 2 {
		switch cells[c] {
		case '┤', '├', '┼':
			out = append(out, lane[c/2])
		case '╯', '╰', '┴':
			out = append(out, lane[c/2])
			lane[c/2] = free
		case '╮', '┬':
			lane[c/2] = lane[node/2]
		}
	}
	lane[node/2] = row
	if len(out) > 1 {
		slices.Sort(out[1:])
	}
	return out
}

// network is a graph of n rows in the manner of real ones: mostly linear, with residuals, four branches, long skips, and
// weights that take no lane.
func network(n int) Source {
	in := make([][]int32, n)
	for i := 1; i < n; i++ {
		v := int32(i)
		switch k := i % 40; {
		case k == 7 || k == 14:
			in[i] = []int32{v - 1, v - 5}
		case k >= 20 && k < 28 && k%2 == 0:
			in[i] = []int32{v - int32(k-19)}
		case k == 28:
			in[i] = []int32{v - 7, v - 5, v - 3, v - 1}
		case k == 35 && i > 500:
			in[i] = []int32{v - 1, v - 400}
		default:
			in[i] = []int32{v - 1}
		}
	}
	return Source{n, func(i int) []int32 { return in[i] }}
}

var sizes = []int{1_000, 10_000, 100_000}

func BenchmarkNew(b *testing.B) {
	for _, n := range sizes {
		g := network(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				New(g)
			}
		})
	}
}

func BenchmarkRows(b *testing.B) {
	for _, n := range sizes {
		l := New(network(n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Rows(n-100, n-40, Unicode, 8)
			}
		})
	}
}

// BenchmarkAllLive is the worst graph: every value is read by the last row.
func BenchmarkAllLive(b *testing.B) {
	const n = 100_000
	g := star(n)
	for b.Loop() {
		New(g).Rows(n-60, n, Unicode, 8)
	}
}
