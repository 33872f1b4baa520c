package record

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Counts is how many recordings of each part of the corpus agree at each stage. Kept in a file, it keeps what was reached:
// a lower count than the file's fails.
type Counts map[string]*[NumStages]int

func (c Counts) add(part string, s Stage, n int) {
	if c[part] == nil {
		c[part] = new([NumStages]int)
	}
	c[part][s] += n
}

// ReadCounts reads what Write wrote: lines "part stage count"; "#" starts a comment.
//
//	errors  a line of another form, a stage that is not known
func ReadCounts(r io.Reader) (Counts, error) {
	c := Counts{}
	sc := bufio.NewScanner(r)
	for line := 1; sc.Scan(); line++ {
		text, _, _ := strings.Cut(sc.Text(), "#")
		f := strings.Fields(text)
		if len(f) == 0 {
			continue
		}
		if len(f) != 3 {
			return nil, fmt.Errorf("line %d: want part, stage and count", line)
		}
		s, ok := ParseStage(f[1])
		n, err := strconv.Atoi(f[2])
		if !ok || err != nil {
			return nil, fmt.Errorf("line %d: no stage %q with count %q", line, f[1], f[2])
		}
		c.add(f[0], s, n)
	}
	return c, sc.Err()
}

// Write writes the counts, sorted by part and stage.
func (c Counts) Write(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# Recordings that agree, by part of the corpus and stage. A lower count fails the test.\n")
	for _, part := range slices.Sorted(maps.Keys(c)) {
		for s := range NumStages {
			fmt.Fprintf(&b, "%s %s %d\n", part, s, c[part][s])
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Lower lists where c is below what was reached before, for the parts that c has.
func (c Counts) Lower(before Counts) []string {
	var out []string
	for _, part := range slices.Sorted(maps.Keys(c)) {
		old := before[part]
		if old == nil {
			continue
		}
		for s := range NumStages {
			if c[part][s] < old[s] {
				out = append(out, fmt.Sprintf("%s %s: %d recordings agree, %d before", part, s, c[part][s], old[s]))
			}
		}
	}
	return out
}
