package controlplane

import (
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/keyutil"
)

// credentials are who trusts whom in one control plane.
type credentials struct {
	authority         []byte // the certificate that servers and clients trust, in PEM
	server            keyPair
	admin             keyPair
	controllerManager keyPair
	serviceAccountKey []byte // signs and verifies the tokens of ServiceAccounts, in PEM
}

// newCredentials makes them anew, so that an old kubeconfig is good for nothing.
func newCredentials() (*credentials, error) {
	authority, err := newAuthority()
	if err != nil {
		return nil, err
	}
	c := &credentials{}
	if c.authority, err = authority.pem(); err != nil {
		return nil, err
	}
	if c.server, err = authority.server(); err != nil {
		return nil, err
	}
	if c.admin, err = authority.client("linkerd-gcm-admin", "system:masters"); err != nil {
		return nil, err
	}
	if c.controllerManager, err = authority.client("system:kube-controller-manager"); err != nil {
		return nil, err
	}
	if c.serviceAccountKey, err = keyutil.MakeEllipticPrivateKeyPEM(); err != nil {
		return nil, fmt.Errorf("making the key for ServiceAccounts' tokens: %w", err)
	}
	return c, nil
}

// writeCredentials makes credentials, writes what the programs read, and returns the configuration of an administrator.
func writeCredentials(s setting) (*rest.Config, error) {
	c, err := newCredentials()
	if err != nil {
		return nil, err
	}
	if err := c.write(s.path(pkiFolder)); err != nil {
		return nil, err
	}
	controllerManager := c.config(s.apiPort, c.controllerManager)
	if err := WriteKubeconfig(controllerManager, s.path(pkiFolder, controllerManagerKubeconfigFile)); err != nil {
		return nil, err
	}
	return c.config(s.apiPort, c.admin), nil
}

// config returns the client configuration of whoever owns the certificate.
func (c *credentials) config(port int, owner keyPair) *rest.Config {
	return &rest.Config{
		Host:            fmt.Sprintf("https://%s:%d", loopback, port),
		TLSClientConfig: rest.TLSClientConfig{CAData: c.authority, CertData: owner.certificate, KeyData: owner.key},
		QPS:             -1, // no rate limit
	}
}

// write puts what the programs read into a folder that only the user can look into.
func (c *credentials) write(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("making a folder for certificates: %w", err)
	}
	for name, data := range map[string][]byte{
		authorityFile:         c.authority,
		serverFile:            c.server.certificate,
		serverKeyFile:         c.server.key,
		serviceAccountKeyFile: c.serviceAccountKey,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			return fmt.Errorf("writing a certificate or key: %w", err)
		}
	}
	return nil
}

// The names of the files that write leaves.
const (
	authorityFile         = "ca.crt"
	serverFile            = "apiserver.crt"
	serverKeyFile         = "apiserver.key"
	serviceAccountKeyFile = "service-accounts.key"
)
