package pipeline_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"seam/internal/pipeline"
	"seam/quant"
)

func goal(t testing.TB, s string) pipeline.Goal {
	t.Helper()
	g, err := pipeline.ParseGoal(s)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func sets(f pipeline.Found) []string {
	var out []string
	for _, s := range f.Solutions {
		out = append(out, strings.Join(s.Changes, " + "))
	}
	return out
}

func TestParseGoal(t *testing.T) {
	for _, s := range []string{"delegates=1", "stranded=0", "bytes<=1000", "macs<=0"} {
		if got := goal(t, s).String(); got != s {
			t.Errorf("got %s, want %s", got, s)
		}
	}
	for _, s := range []string{"", "delegates", "delegates=", "delegates=-1", "moon=1", "bytes>=1", "delegates=1.5"} {
		if _, err := pipeline.ParseGoal(s); err == nil {
			t.Errorf("%q: no error", s)
		}
	}
}

// The smallest sets of changes of the sample, all of them and in a fixed order.
func TestSmallest(t *testing.T) {
	split := static("1.4.1", quant.Composable)
	dynamic := split
	dynamic.Static = false
	for _, c := range []struct {
		name   string
		cfg    pipeline.Config
		search pipeline.Search
		met    bool
		size   int
		want   []string
	}{
		{"one change", split, pipeline.Search{Goal: goal(t, "delegates=1"), Max: 2}, false, 1, []string{
			aliasEdit, "pack=1.5.1", "annotator=legacy",
		}},
		{"one change, checks too", split, pipeline.Search{Goal: goal(t, "stranded=0"), Max: 1, Checks: true}, false, 1, []string{
			aliasEdit, "pack=1.5.1", "annotator=legacy", "check:P-ARM-QUANTIZED=off",
		}},
		{"two changes", dynamic, pipeline.Search{Goal: goal(t, "delegates=1"), Max: 2}, false, 2, []string{
			"static=on + " + aliasEdit, "static=on + pack=1.5.1", "static=on + annotator=legacy",
		}},
		{"two are too many", dynamic, pipeline.Search{Goal: goal(t, "delegates=1"), Max: 1}, false, 1, nil},
		{"none", split, pipeline.Search{Goal: goal(t, "bytes=1"), Max: 2}, false, 2, nil},
		{"nothing to do", split, pipeline.Search{Goal: goal(t, "delegates<=2"), Max: 2}, true, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := sample(t)
			f, err := r.Smallest(context.Background(), run(t, r, c.cfg), c.search)
			if err != nil {
				t.Fatal(err)
			}
			if f.Met != c.met || f.Stopped || f.Size != c.size {
				t.Errorf("got met %t, stopped %t, size %d; want %t, false, %d", f.Met, f.Stopped, f.Size, c.met, c.size)
			}
			if got := sets(f); fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A set says what it gives and costs, and whether a release does it.
func TestSmallestEffect(t *testing.T) {
	r := sample(t)
	f, err := r.Smallest(context.Background(), run(t, r, static("1.4.1", quant.Composable)),
		pipeline.Search{Goal: goal(t, "delegates=1"), Max: 1})
	if err != nil || len(f.Solutions) != 3 {
		t.Fatalf("got %q, error %v", sets(f), err)
	}
	for i, s := range f.Solutions {
		if s.WhatIf != (i == 0) {
			t.Errorf("%q: what-if %t", s.Changes, s.WhatIf)
		}
		if s.Effect.Delegates != [2]int{2, 1} || s.Effect.Bytes[1] >= s.Effect.Bytes[0] {
			t.Errorf("%q: delegates %v, bytes %v", s.Changes, s.Effect.Delegates, s.Effect.Bytes)
		}
	}
}

// Out of time is said and is no error; being cancelled is one.
func TestSmallestStops(t *testing.T) {
	r := sample(t)
	res := run(t, r, static("1.4.1", quant.Composable))
	s := pipeline.Search{Goal: goal(t, "bytes=1"), Max: 3, Timeout: time.Nanosecond}
	f, err := r.Smallest(context.Background(), res, s)
	if err != nil || !f.Stopped || f.Size != 0 || f.Tried != 0 {
		t.Errorf("out of time: got stopped %t, size %d, tried %d, error %v", f.Stopped, f.Size, f.Tried, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s.Timeout = time.Minute
	if _, err := r.Smallest(ctx, res, s); err != context.Canceled {
		t.Errorf("cancelled: got %v, want %v", err, context.Canceled)
	}
}

// Without the cat family, the search finds the entry to switch on, and nothing else.
func TestCorpusSmallest(t *testing.T) {
	const edit = "[shared.concat:aten.cat.default=on]"
	for _, c := range []struct {
		model, want string
		cfg         func(testing.TB) pipeline.Config
	}{
		{"squeezenet", edit, newest("ethos-u55-128", noCats...)},
		{"shufflenet_v2", edit, newest("ethos-u55-128", noCats...)},
		{"unet_small", "[target=ethos-u85-256]", newest("ethos-u55-128")},
		{"unet_small", "[shared.concat:aten.cat.default=on + target=ethos-u85-256]", newest("ethos-u55-128", noCats...)},
		{"inception_block", "[target=ethos-u85-256]", newest("ethos-u55-128")},
		{"multi_head_unsupported", "[]", newest("ethos-u55-128")},
	} {
		t.Run(c.model, func(t *testing.T) {
			r, res := corpusRun(t, c.model, c.cfg(t))
			f, err := r.Smallest(context.Background(), res, pipeline.Search{Goal: goal(t, "delegates=1"), Max: 2})
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(sets(f)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
