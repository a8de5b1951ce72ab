package main

import (
	"log/slog"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// memoryShare is the part of the container's memory that Go's heap may take before the
// garbage collector works harder.
const memoryShare = 0.9

// limitMemory sets Go's soft memory limit from that of the container, unless GOMEMLIMIT is
// set.
func limitMemory(log *slog.Logger) {
	limit, err := memlimit.Set(memlimit.WithRatio(memoryShare), memlimit.WithProvider(memlimit.FromCgroup))
	if err != nil {
		log.Info("The container's memory limit cannot be read; the garbage collector works without one", "error", err.Error())
		return
	}
	log.Debug("The garbage collector works with a memory limit", "bytes", limit)
}
