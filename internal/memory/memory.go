// Package memory limits how much memory a program takes in a container. It does not log:
// programs have loggers of different kinds.
package memory

import (
	"fmt"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// share is the part of the container's memory that Go's heap may take before the garbage
// collector works harder.
const share = 0.9

// Limit sets Go's soft memory limit from that of the container, unless GOMEMLIMIT is set, and
// returns it in bytes. Without it, garbage counts until the kernel ends the process.
func Limit() (int64, error) {
	limit, err := memlimit.Set(memlimit.WithRatio(share), memlimit.WithProvider(memlimit.FromCgroup))
	if err != nil {
		return 0, fmt.Errorf("reading the container's memory limit: %w", err)
	}
	return limit, nil
}
