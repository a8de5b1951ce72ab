//go:build !linux

package controlplane

import (
	"testing"

	"k8s.io/client-go/kubernetes"
)

func testListeners(t *testing.T, _ *ControlPlane, _ kubernetes.Interface) {
	t.Skip("on which addresses a process listens is read from /proc, which only Linux has")
}
