//go:build linux

package sandbox

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// The sandbox's network. It is its own, so these addresses are free whatever the machine's network is, nothing in it can be
// reached from elsewhere, and it reaches nothing.
const (
	bridge      = "cni0"
	nodeAddress = "10.88.0.1" // the bridge's own: pods and services find the API server and DNS there
	podNetwork  = "10.88.0.0/24"
	apiPort     = 6443
)

func makeNetwork() error {
	commands := strings.Join([]string{
		"link set lo up",
		"link add " + bridge + " type bridge",
		"address add " + nodeAddress + "/24 dev " + bridge,
		"link set " + bridge + " up",
		"route add default dev " + bridge, // programs look for a default route to know their address
	}, "\n")
	ip := exec.CommandContext(context.Background(), "ip", "-batch", "-")
	ip.Stdin = strings.NewReader(commands)
	if out, err := ip.CombinedOutput(); err != nil {
		return fmt.Errorf("making the sandbox's network: %w: %s", err, out)
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0); err != nil {
		return fmt.Errorf("letting the node forward packets: %w", err)
	}
	return nil
}
