package main

import (
	"github.com/go-logr/logr"

	"github.com/linkerd-gcm/linkerd-gcm/internal/memory"
)

// limitMemory limits the memory to that of the container.
func limitMemory(logger logr.Logger) {
	limit, err := memory.Limit()
	if err != nil {
		logger.Info("The garbage collector works without a memory limit", "error", err.Error())
		return
	}
	logger.V(1).Info("The garbage collector works with a memory limit", "bytes", limit)
}
