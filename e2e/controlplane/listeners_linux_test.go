package controlplane

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/kubernetes"
)

// testListeners reads from /proc on which addresses the programs listen.
func testListeners(t *testing.T, c *ControlPlane, _ kubernetes.Interface) {
	for _, p := range c.processes {
		own := sockets(t, p.PID())
		listening := 0
		for address, inode := range listeners(t, p.PID()) {
			if !own[inode] {
				continue
			}
			listening++
			// The form in which the kernel writes 127.0.0.1.
			if !strings.HasPrefix(address, "0100007F:") {
				t.Errorf("%s listens on %s, which is not on the loopback interface", p.Name(), address)
			}
		}
		if want := map[string]int{"etcd": 2, "kube-apiserver": 1}[p.Name()]; listening != want {
			t.Errorf("%s listens on %d ports, want %d", p.Name(), listening, want)
		}
	}
}

// sockets returns the inodes of the process's sockets.
func sockets(t *testing.T, pid int) map[string]bool {
	t.Helper()
	folder := fmt.Sprintf("/proc/%d/fd", pid)
	descriptors, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, descriptor := range descriptors {
		// It was closed in the meantime, so it does not listen.
		target, err := os.Readlink(filepath.Join(folder, descriptor.Name()))
		if inode, isSocket := strings.CutPrefix(target, "socket:["); err == nil && isSocket {
			found[strings.TrimSuffix(inode, "]")] = true
		}
	}
	return found
}

// listeners returns the inodes of all sockets that listen in the process's network
// namespace, by address.
func listeners(t *testing.T, pid int) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, family := range []string{"tcp", "tcp6"} {
		table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, family))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(table)) {
			const address, state, inode, listen = 1, 3, 9, "0A"
			if fields := strings.Fields(line); len(fields) > inode && fields[state] == listen {
				found[fields[address]] = fields[inode]
			}
		}
	}
	return found
}
