package programs

import (
	"fmt"
	"io"
	"time"
)

// reportEvery is how often a long build says that it goes on.
const reportEvery = 30 * time.Second

// report writes at intervals for how long a step has run, and at its end how long it took:
// the caller calls the function that it returns.
func report(log io.Writer, step string, every time.Duration) (end func()) {
	start := time.Now()
	over, reported := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(reported)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				fmt.Fprintf(log, "%s: still building, after %s\n", step, time.Since(start).Round(time.Second))
			case <-over:
				fmt.Fprintf(log, "%s: ended after %s\n", step, time.Since(start).Round(time.Second))
				return
			}
		}
	}()
	return func() {
		close(over)
		<-reported
	}
}
