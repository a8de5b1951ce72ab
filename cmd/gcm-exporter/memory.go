package main

import (
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// memoryShare is the part of the container's memory that Go's heap may take before the
// garbage collector works harder.
const memoryShare = 0.9

// collectAfter is by how many percent the heap grows before it is collected. Nearly all of it
// is kept for long, and a point allocates nothing, so that collecting early is cheap.
const collectAfter = 50

// limitMemory keeps the heap small, unless GOGC is set, and sets Go's soft memory limit from
// that of the container, unless GOMEMLIMIT is set.
func limitMemory(log *slog.Logger) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAfter)
	}
	limit, err := memlimit.Set(memlimit.WithRatio(memoryShare), memlimit.WithProvider(memlimit.FromCgroup))
	if err != nil {
		log.Info("The container's memory limit cannot be read; the garbage collector works without one", "error", err.Error())
		return
	}
	log.Debug("The garbage collector works with a memory limit", "bytes", limit)
}
