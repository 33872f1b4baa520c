package exec

import (
	"runtime"
	"sync"
)

// parallelWork is how many multiplications a goroutine is worth.
const parallelWork = 1 << 15

// parallel calls f on pieces of 0..n, on several processors where the work is worth it. f must write to places of its own
// piece only. A panic of f is raised here.
//
//	work  about how many multiplications all pieces take
func parallel(n, work int, f func(lo, hi int)) {
	parts := min(n, runtime.GOMAXPROCS(0), work/parallelWork)
	if parts < 2 {
		f(0, n)
		return
	}
	var wait sync.WaitGroup
	failed := make([]any, parts)
	for p := range parts {
		wait.Go(func() {
			defer func() { failed[p] = recover() }()
			f(p*n/parts, (p+1)*n/parts)
		})
	}
	wait.Wait()
	for _, x := range failed {
		if x != nil {
			panic(x)
		}
	}
}
