package main

import (
	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/go-logr/logr"
)

// memoryShare is the part of the container's memory that Go's heap may take before the
// garbage collector works harder.
const memoryShare = 0.9

// limitMemory sets Go's soft memory limit from that of the container, unless GOMEMLIMIT
// is set. Without it, garbage counts until the kernel ends the process.
func limitMemory(logger logr.Logger) {
	limit, err := memlimit.Set(memlimit.WithRatio(memoryShare), memlimit.WithProvider(memlimit.FromCgroup))
	if err != nil {
		logger.Info("The container's memory limit cannot be read; the garbage collector works without one", "error", err.Error())
		return
	}
	logger.V(1).Info("The garbage collector works with a memory limit", "bytes", limit)
}
