package main

import (
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/linkerd-gcm/linkerd-gcm/internal/memory"
)

// collectAfter is by how many percent the heap grows before it is collected. Nearly all of it
// is kept for long, and a point allocates nothing, so that collecting early is cheap.
const collectAfter = 40

// limitMemory keeps the heap small, unless GOGC is set, and limits the memory to that of the
// container.
func limitMemory(log *slog.Logger) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAfter)
	}
	limit, err := memory.Limit()
	if err != nil {
		log.Info("The garbage collector works without a memory limit", "error", err.Error())
		return
	}
	log.Debug("The garbage collector works with a memory limit", "bytes", limit)
}
