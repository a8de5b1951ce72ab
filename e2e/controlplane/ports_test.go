package controlplane

import (
	"fmt"
	"net"
	"slices"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestReservedPortsAreOnlyForOurPrograms(t *testing.T) {
	ports, release, err := reservePorts(3)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(ports)
	if distinct := slices.Compact(slices.Clone(ports)); len(distinct) != 3 {
		t.Errorf("the ports are %v, want three different ones", ports)
	}
	address := fmt.Sprintf("%s:%d", loopback, ports[0])

	// Another program listens without SO_REUSEPORT.
	if listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address); err == nil {
		listener.Close()
		t.Errorf("another program could listen on %s", address)
	}
	// etcd and kube-apiserver listen with SO_REUSEPORT.
	sharing := net.ListenConfig{Control: func(_, _ string, socket syscall.RawConn) error {
		return socket.Control(func(descriptor uintptr) {
			if err := unix.SetsockoptInt(int(descriptor), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); err != nil {
				t.Error(err)
			}
		})
	}}
	listener, err := sharing.Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatalf("a program of ours could not listen on %s: %v", address, err)
	}
	defer listener.Close()

	release()
	client, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatalf("after the release nobody answers at %s: %v", address, err)
	}
	client.Close()
}
