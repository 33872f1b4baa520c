package match

import (
	"sync"
	"unicode/utf8"
	"unsafe"

	"github.com/junegunn/fzf/src/algo"
	"github.com/junegunn/fzf/src/util"
)

// prepare fills the tables of the fuzzy matcher, which are the same for everyone.
var prepare = sync.OnceFunc(func() { algo.Init("default") })

// fuzzy is the matcher of fzf and its scratch memory, enough for names of a few hundred characters; longer ones allocate.
type fuzzy struct {
	slab *util.Slab
}

func newFuzzy() *fuzzy {
	prepare()
	return &fuzzy{util.MakeSlab(16<<10, 2<<10)}
}

// match rates s, and finds the ranges of it that matched if they are wanted.
func (f *fuzzy) match(s string, p *plan, want bool) (score int, found []Range, ok bool) {
	if s == "" {
		return 0, nil, false
	}
	// The matcher only reads its input, so the bytes of s need no copy.
	chars := util.ToChars(unsafe.Slice(unsafe.StringData(s), len(s)))
	res, at := algo.FuzzyMatchV2(p.exact, false, true, &chars, p.pattern, want, f.slab)
	if res.Start < 0 {
		return 0, nil, false
	}
	if want && at != nil {
		found = runeRanges(s, *at)
	}
	return res.Score, found, true
}

// runeRanges turns places counted in runes, in any order, into ranges of bytes.
func runeRanges(s string, at []int) []Range {
	hit := make(map[int]bool, len(at))
	for _, k := range at {
		hit[k] = true
	}
	var out []Range
	k := 0
	for i := 0; i < len(s); k++ {
		_, size := utf8.DecodeRuneInString(s[i:])
		if hit[k] {
			out = append(out, Range{i, i + size})
		}
		i += size
	}
	return merge(out)
}
