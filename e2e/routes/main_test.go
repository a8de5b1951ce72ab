// Package routes tests what linkerd-gcm export prints as its users have it: on a real API
// server, which holds the pods and the policies, with real Prometheus that discover those
// pods and scrape them.
//
// There are no nodes. The containers of the pods are processes of the tests, on loopback
// addresses that the pods' status names.
package routes

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/testplane"
)

// What all tests share, set before the first one starts.
var (
	plane testplane.Plane
	// commands is a folder with the programs by the names that people call them.
	commands string
)

func TestMain(m *testing.M) {
	os.Exit(testplane.Run(m, []string{programs.Prometheus, programs.PrometheusOperator, programs.Kubectl, programs.LinkerdGCM}, setUp))
}

func setUp(_ context.Context, p testplane.Plane) (tearDown func(failed bool), err error) {
	plane = p
	commands = filepath.Join(p.Dir, "commands")
	if err := os.MkdirAll(commands, 0o755); err != nil {
		return nil, fmt.Errorf("making a folder for commands: %w", err)
	}
	for name, program := range map[string]string{"kubectl": programs.Kubectl, "linkerd-gcm": programs.LinkerdGCM} {
		if err := os.Symlink(p.Programs[program], filepath.Join(commands, name)); err != nil {
			return nil, fmt.Errorf("giving %s its name: %w", program, err)
		}
	}
	return func(bool) {}, nil
}
