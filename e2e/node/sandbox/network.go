//go:build linux

package sandbox

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// The sandbox's network. It is isolated, so these addresses are free in any case, and
// there are no connections between it and other networks.
const (
	bridge      = "cni0"
	nodeAddress = "10.88.0.1" // the bridge's address: pods reach the API server and DNS there
	podNetwork  = "10.88.0.0/24"
	apiPort     = 6443
)

func makeNetwork() error {
	commands := strings.Join([]string{
		"link set lo up",
		"link add " + bridge + " type bridge",
		"address add " + nodeAddress + "/24 dev " + bridge,
		"link set " + bridge + " up",
		"route add default dev " + bridge, // programs find their address with the default route
	}, "\n")
	ip := exec.CommandContext(context.Background(), "ip", "-batch", "-")
	ip.Stdin = strings.NewReader(commands)
	if out, err := ip.CombinedOutput(); err != nil {
		return fmt.Errorf("making the sandbox's network: %w: %s", err, out)
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0); err != nil {
		return fmt.Errorf("enabling the forwarding of packets: %w", err)
	}
	return nil
}
