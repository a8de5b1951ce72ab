package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"text/tabwriter"
)

// figure is one line of the table.
type figure struct {
	what string
	// value and target are in the same unit; less is better. A target of 0 is none: the
	// figure is there to compare others with.
	value, target float64
	// format writes either, with its unit.
	format string
}

const (
	times         = "%.2fx"
	kilobytes     = "%.0f KB"
	mebibytes     = "%.1f MiB"
	milliseconds  = "%.0f ms"
	allocations   = "%.0f allocations"
	ofTarget      = "within"
	beyondTarget  = "BEYOND"
	bytesPerMiB   = 1 << 20
	bytesPerKB    = 1000
	nanosPerMilli = 1e6
)

// table prints the figures, with a verdict on each.
func table(to io.Writer, figures []figure) error {
	fmt.Fprintf(to, "%s/%s, %d processors, %s\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	lines := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(lines, "what\tmeasured\tat most\t")
	for _, f := range figures {
		target, verdict := fmt.Sprintf(f.format, f.target), ofTarget
		switch {
		case f.target == 0:
			target, verdict = "", ""
		case f.value > f.target:
			verdict = beyondTarget
		}
		fmt.Fprintf(lines, "%s\t"+f.format+"\t%s\t%s\n", f.what, f.value, target, verdict)
	}
	return lines.Flush()
}

// median returns the value in the middle.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
