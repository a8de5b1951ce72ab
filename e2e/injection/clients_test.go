package injection

import (
	"context"
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/controlplane"
)

// TestOnlyTheAPIServerIsLetIn runs an injector that requires the API server's certificate.
func TestOnlyTheAPIServerIsLetIn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(file, kubernetes.Config.CAData, 0o600); err != nil {
		t.Fatal(err)
	}
	gcm.Stop()
	if err := gcm.Restart(t.Context(), "--client-ca-file="+file, "--client-names="+controlplane.WebhookClient); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		gcm.Stop()
		if err := gcm.Restart(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})

	n := newNamespace(t, nil)
	n.annotate(annotations())
	if err := gcm.AwaitCalled(t.Context()); err != nil {
		t.Errorf("the API server cannot connect: %v", err)
	}
	pod := n.prometheus(nil)
	n.create(pod)
	if got := pod.Spec.Containers; got[len(got)-1].Name != injected {
		t.Errorf("the API server's pod was not injected; its containers are %v", got)
	}

	admin, err := tls.X509KeyPair(kubernetes.Config.CertData, kubernetes.Config.KeyData)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		certificates []tls.Certificate
		says         string
	}{
		"without a certificate":                                   {nil, "certificate required"},
		"with a certificate that the CA issued to another client": {[]tls.Certificate{admin}, "bad certificate"},
	} {
		connection, err := tls.Dial("tcp", gcm.WebhookAddress(), &tls.Config{InsecureSkipVerify: true, Certificates: test.certificates})
		if err == nil {
			_, err = connection.Read(make([]byte, 1)) // The refusal comes after the handshake.
			connection.Close()
		}
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want %q", name, err, test.says)
		}
	}
}
