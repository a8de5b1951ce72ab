// Package processtest gives tests what the programs that they start need. It starts none:
// package process does.
package processtest

import (
	"fmt"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/process"
)

// FreeAddress returns an address of the loopback interface that nobody listens on now, with
// its port. The test fails where there is none.
func FreeAddress(t testing.TB) string {
	t.Helper()
	port, err := process.FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", port)
}
