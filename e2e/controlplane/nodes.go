package controlplane

import (
	"fmt"
	"net"
	"path/filepath"

	"k8s.io/client-go/rest"
)

// Network is where nodes and their pods reach the API server. Whoever sets it has a network of its own for the control plane,
// since the API server then listens on every address of it.
type Network struct {
	// Address is the node's, and Port the API server's there.
	Address string
	Port    int
}

// The services' network, and the first address of it, which is the API server's own service.
const (
	serviceNetwork = "10.0.0.0/24"
	serviceAddress = "10.0.0.1"
)

// addresses returns those that the API server is called by, beside the loopback interface's.
func (n *Network) addresses() []net.IP {
	if n == nil {
		return nil
	}
	return []net.IP{net.ParseIP(n.Address), net.ParseIP(serviceAddress)}
}

// args returns the flags with which the API server serves nodes, or keeps to the loopback interface where there are none.
func (n *Network) args(pki string) []string {
	if n == nil {
		return []string{
			"--bind-address=" + loopback,
			// Endpoints of the service kubernetes may not be on the loopback interface, and no pod runs to use them.
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

// ConfigFor returns the client configuration of a user in groups, as the certificates of a node's programs have them.
func (c *ControlPlane) ConfigFor(user string, groups ...string) (*rest.Config, error) {
	pair, err := c.credentials.signer.client(user, groups...)
	if err != nil {
		return nil, fmt.Errorf("making credentials for %s: %w", user, err)
	}
	config := rest.AnonymousClientConfig(c.config)
	config.CertData, config.KeyData = pair.certificate, pair.key
	return config, nil
}
