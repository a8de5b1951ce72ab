package controlplane

import (
	"fmt"
	"net"
	"path/filepath"

	"k8s.io/client-go/rest"
)

// Network is where nodes and their pods reach the API server. Set it only in a separate
// network namespace, because the API server then listens on all its addresses.
type Network struct {
	// Address is the node's address, and Port is the API server's port there.
	Address string
	Port    int
}

// The network of services, and its first address, which belongs to the API server's own
// service.
const (
	serviceNetwork = "10.0.0.0/24"
	serviceAddress = "10.0.0.1"
)

// addresses returns the addresses of the API server, in addition to the loopback
// interface's.
func (n *Network) addresses() []net.IP {
	if n == nil {
		return nil
	}
	return []net.IP{net.ParseIP(n.Address), net.ParseIP(serviceAddress)}
}

// args returns the flags for an API server that serves nodes, or that listens only on the
// loopback interface if there are none.
func (n *Network) args(pki string) []string {
	if n == nil {
		return []string{
			"--bind-address=" + loopback,
			// Endpoints of the service kubernetes must not be on the loopback interface,
			// and no pod needs them.
			"--endpoint-reconciler-type=none",
		}
	}
	return []string{
		"--bind-address=0.0.0.0",
		"--advertise-address=" + n.Address,
		"--kubelet-client-certificate=" + filepath.Join(pki, kubeletClientFile),
		"--kubelet-client-key=" + filepath.Join(pki, kubeletClientKeyFile),
		"--kubelet-preferred-address-types=InternalIP",
	}
}

// ConfigFor returns the client configuration of a user in groups, such as the programs of
// a node need.
func (c *ControlPlane) ConfigFor(user string, groups ...string) (*rest.Config, error) {
	pair, err := c.credentials.signer.client(user, groups...)
	if err != nil {
		return nil, fmt.Errorf("making credentials for %s: %w", user, err)
	}
	config := rest.AnonymousClientConfig(c.config)
	config.CertData, config.KeyData = pair.certificate, pair.key
	return config, nil
}
