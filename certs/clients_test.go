package certs

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
)

// forClients makes a certificate one for clients.
func forClients(template *x509.Certificate) {
	template.DNSNames = nil
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
}

func commonName(name string) testca.Option {
	return func(template *x509.Certificate) { template.Subject = pkix.Name{CommonName: name} }
}

// handshake is what the server says to a client with this certificate, or none if it is nil.
func handshake(t *testing.T, option func(*tls.Config), certificate *testca.KeyPair) error {
	t.Helper()
	ca := newCA(t)
	serving := pairOf(t, ca.Issue(t, webhookHost))
	server := &tls.Config{MinVersion: tls.VersionTLS13}
	option(server)
	// As in gcm-injector, the serving certificate may be set later.
	server.Certificates = []tls.Certificate{serving}
	roots := x509.NewCertPool()
	roots.AddCert(ca.Certificate)
	dialer := &tls.Config{RootCAs: roots, ServerName: webhookHost}
	if certificate != nil {
		dialer.Certificates = []tls.Certificate{pairOf(t, *certificate)}
	}
	near, far := net.Pipe()
	t.Cleanup(func() { near.Close() })
	go func() {
		connection := tls.Client(near, dialer)
		if connection.HandshakeContext(t.Context()) == nil {
			_, _ = connection.Read(make([]byte, 1)) // The server's refusal comes after the client's handshake.
		}
		near.Close()
	}()
	return tls.Server(far, server).HandshakeContext(t.Context())
}

func pairOf(t *testing.T, k testca.KeyPair) tls.Certificate {
	t.Helper()
	pair, err := tls.X509KeyPair(k.CertificatePEM(), k.KeyPEM(t))
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func TestOnlyClientsWithACertificateMayCall(t *testing.T) {
	ca, other := testca.New(t), testca.New(t)
	issue := func(from testca.KeyPair, options ...testca.Option) *testca.KeyPair {
		pair := from.Issue(t, webhookHost, append([]testca.Option{forClients}, options...)...)
		return &pair
	}
	withURI := func(template *x509.Certificate) {
		template.URIs = []*url.URL{{Scheme: "spiffe", Host: "cluster.local", Path: "/api"}}
	}
	for name, test := range map[string]struct {
		names  []string
		client *testca.KeyPair
		err    string
	}{
		"the CA's client":                       {client: issue(ca)},
		"one that has the name":                 {names: []string{"a", "kube-apiserver"}, client: issue(ca, commonName("kube-apiserver"))},
		"one that has it as a DNS name":         {names: []string{"kube-apiserver"}, client: issue(ca, func(template *x509.Certificate) { template.DNSNames = []string{"kube-apiserver"} })},
		"one that has it as a URI":              {names: []string{"spiffe://cluster.local/api"}, client: issue(ca, withURI)},
		"one that has another name":             {names: []string{"kube-apiserver"}, client: issue(ca, commonName("kube-apiserver2")), err: `the client's certificate is for ["kube-apiserver2"], none of which is allowed: kube-apiserver`},
		"one that has no name":                  {names: []string{"kube-apiserver"}, client: issue(ca), err: "none of which is allowed"},
		"no certificate":                        {err: "client didn't provide a certificate"},
		"another CA's client":                   {client: issue(other), err: "certificate signed by unknown authority"},
		"another CA's client that has the name": {names: []string{"kube-apiserver"}, client: issue(other, commonName("kube-apiserver")), err: "certificate signed by unknown authority"},
		"a certificate that has expired":        {client: issue(ca, testca.ExpiresIn(-time.Second)), err: "expired"},
		"a certificate of a server":             {client: func() *testca.KeyPair { pair := ca.Issue(t, "x"); return &pair }(), err: "incompatible key usage"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "ca.crt")
			if err := os.WriteFile(file, ca.CertificatePEM(), 0o600); err != nil {
				t.Fatal(err)
			}
			option, err := RequireClients(file, test.names)
			if err != nil {
				t.Fatal(err)
			}
			err = handshake(t, option, test.client)
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("got %v, want %q", err, test.err)
			}
		})
	}
}

func TestTheCAOfClientsIsReadAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.crt")
	write := func(text []byte) {
		t.Helper()
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := RequireClients(file, nil); err == nil || !strings.Contains(err.Error(), "reading the CA of clients") {
		t.Errorf("without a file: %v", err)
	}
	write([]byte("not PEM"))
	if _, err := RequireClients(file, nil); err == nil || !strings.Contains(err.Error(), file+" has no certificate in PEM") {
		t.Errorf("with another file: %v", err)
	}
	before, after := testca.New(t), testca.New(t)
	write(before.CertificatePEM())
	option, err := RequireClients(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	leaf := after.Issue(t, webhookHost, forClients)
	if handshake(t, option, &leaf) == nil {
		t.Error("a client of a CA that is not in the file may call")
	}
	write(after.CertificatePEM())
	if err := handshake(t, option, &leaf); err != nil {
		t.Errorf("after the CA was replaced: %v", err)
	}
	write(nil)
	if handshake(t, option, &leaf) == nil {
		t.Error("without any CA, clients may call")
	}
}
