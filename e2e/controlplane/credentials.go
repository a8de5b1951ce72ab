package controlplane

import (
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/keyutil"
)

// credentials are the certificates and keys of one control plane.
type credentials struct {
	signer            *authority
	authority         []byte // the certificate that servers and clients trust, in PEM
	server            keyPair
	admin             keyPair
	controllerManager keyPair
	kubeletClient     keyPair // of the API server as a client of kubelets
	webhookClient     keyPair // of the API server as a client of webhooks
	serviceAccountKey []byte  // signs and verifies the tokens of ServiceAccounts, in PEM
}

// newCredentials makes new credentials, so that a kubeconfig of an earlier control plane
// is no longer valid.
func newCredentials(network *Network) (*credentials, error) {
	authority, err := newAuthority()
	if err != nil {
		return nil, err
	}
	c := &credentials{signer: authority}
	if c.authority, err = authority.pem(); err != nil {
		return nil, err
	}
	if c.server, err = authority.server(network.addresses()...); err != nil {
		return nil, err
	}
	if c.admin, err = authority.client("linkerd-gcm-admin", "system:masters"); err != nil {
		return nil, err
	}
	if c.controllerManager, err = authority.client("system:kube-controller-manager"); err != nil {
		return nil, err
	}
	if c.kubeletClient, err = authority.client("kube-apiserver-kubelet-client", "system:masters"); err != nil {
		return nil, err
	}
	if c.webhookClient, err = authority.client(WebhookClient); err != nil {
		return nil, err
	}
	if c.serviceAccountKey, err = keyutil.MakeEllipticPrivateKeyPEM(); err != nil {
		return nil, fmt.Errorf("making the key for ServiceAccounts' tokens: %w", err)
	}
	return c, nil
}

// writeCredentials makes credentials and writes the files that the programs read.
func writeCredentials(s setting) (*credentials, error) {
	c, err := newCredentials(s.network)
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
	return c, nil
}

// config returns the client configuration of the user of the certificate.
func (c *credentials) config(port int, owner keyPair) *rest.Config {
	return &rest.Config{
		Host:            fmt.Sprintf("https://%s:%d", loopback, port),
		TLSClientConfig: rest.TLSClientConfig{CAData: c.authority, CertData: owner.certificate, KeyData: owner.key},
		QPS:             -1, // no rate limit
	}
}

// write writes the files that the programs read, into a folder that only the current user
// can read.
func (c *credentials) write(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("making a folder for certificates: %w", err)
	}
	for name, data := range map[string][]byte{
		authorityFile:         c.authority,
		serverFile:            c.server.certificate,
		serverKeyFile:         c.server.key,
		kubeletClientFile:     c.kubeletClient.certificate,
		kubeletClientKeyFile:  c.kubeletClient.key,
		serviceAccountKeyFile: c.serviceAccountKey,
		admissionFile:         []byte(fmt.Sprintf(admissionConfiguration, filepath.Join(folder, webhooksKubeconfigFile))),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			return fmt.Errorf("writing a certificate or key: %w", err)
		}
	}
	return c.writeWebhooksKubeconfig(filepath.Join(folder, webhooksKubeconfigFile))
}

// WebhookClient is the common name of the certificate that the API server shows to
// webhooks. The CA is that of the control plane.
const WebhookClient = "linkerd-gcm-webhook-client"

// admissionConfiguration names the kubeconfig with what the API server shows to webhooks.
const admissionConfiguration = `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: MutatingAdmissionWebhook
  configuration: &webhooks
    apiVersion: apiserver.config.k8s.io/v1
    kind: WebhookAdmissionConfiguration
    kubeConfigFile: %q
- name: ValidatingAdmissionWebhook
  configuration: *webhooks
`

// writeWebhooksKubeconfig writes the kubeconfig whose users are the webhooks that the API
// server calls, here all of them.
func (c *credentials) writeWebhooksKubeconfig(path string) error {
	kubeconfig := clientcmdapi.NewConfig()
	kubeconfig.AuthInfos["*"] = &clientcmdapi.AuthInfo{ClientCertificateData: c.webhookClient.certificate, ClientKeyData: c.webhookClient.key}
	if err := clientcmd.WriteToFile(*kubeconfig, path); err != nil {
		return fmt.Errorf("writing the kubeconfig %s: %w", path, err)
	}
	return nil
}

// The names of the files that write creates.
const (
	authorityFile          = "ca.crt"
	serverFile             = "apiserver.crt"
	serverKeyFile          = "apiserver.key"
	kubeletClientFile      = "kubelet-client.crt"
	kubeletClientKeyFile   = "kubelet-client.key"
	serviceAccountKeyFile  = "service-accounts.key"
	admissionFile          = "admission.yaml"
	webhooksKubeconfigFile = "webhooks.kubeconfig"
)
