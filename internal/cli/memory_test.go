package cli

import (
	"runtime/debug"
	"testing"
)

// The heap may grow to 240 MB while little is live, and never to more than double otherwise.
func TestGCPercent(t *testing.T) {
	for live := uint64(1 << 20); live < 1<<30; live += 1 << 20 {
		if most := live + live*uint64(gcPercent(live))/100; most > 240<<20 && most > 2*live {
			t.Fatalf("%d MB live: the heap may grow to %d MB", live>>20, most>>20)
		}
	}
	old := debug.SetGCPercent(100)
	defer debug.SetGCPercent(old)
	relaxGC()
	if got := debug.SetGCPercent(100); got != 400 && got != 200 && got != 100 {
		t.Errorf("percent %d", got)
	}
}
