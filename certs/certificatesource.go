package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

// CertificateSource is where the webhook server gets its serving certificate from.
type CertificateSource interface {
	// GetCertificate returns the certificate to serve now, for use in a tls.Config.
	GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error)

	// Ready is a readiness check (a healthz.Checker). It returns an error as long as the
	// API server would reject what GetCertificate returns.
	Ready(*http.Request) error

	// AddTo adds to the manager what renews or reloads the certificate, and registers its
	// metrics. Call it once, before the manager starts.
	AddTo(mgr manager.Manager, metrics prometheus.Registerer) error
}

var (
	_ CertificateSource = (*SelfManaged)(nil)
	_ CertificateSource = (*Files)(nil)
)

// ServeTLS returns an option for the webhook server (webhook.Options.TLSOpts) that makes
// it serve the certificate of the source. TLS 1.3 is the minimum version: the API server
// is the only client, and every supported version of it speaks TLS 1.3.
func ServeTLS(source CertificateSource) func(*tls.Config) {
	return func(config *tls.Config) {
		config.MinVersion = tls.VersionTLS13
		config.GetCertificate = source.GetCertificate
	}
}

// servedLeaf returns the certificate that get returns now, or nil if there is none yet.
func servedLeaf(get func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *x509.Certificate {
	pair, err := get(nil)
	if err != nil || pair == nil {
		return nil
	}
	return pair.Leaf
}

// checkValidity returns an error if the API server would reject the certificate because
// of its dates or names alone.
func checkValidity(leaf *x509.Certificate, hosts []string, now time.Time) error {
	if leaf == nil {
		return errors.New("there is no serving certificate yet")
	}
	if now.After(leaf.NotAfter) {
		return fmt.Errorf("the serving certificate expired at %s", leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	if now.Before(leaf.NotBefore) {
		return fmt.Errorf("the serving certificate is not valid before %s", leaf.NotBefore.UTC().Format(time.RFC3339))
	}
	for _, host := range hosts {
		if err := leaf.VerifyHostname(host); err != nil {
			return fmt.Errorf("the API server calls the injector by the name %q, but the serving certificate is for other names: %w", host, err)
		}
	}
	return nil
}
