package certs

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/certwatcher"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

// Files is a CertificateSource that serves the certificate of a mounted Secret. Use
// NewFiles to make one.
type Files struct {
	hosts   []string
	watcher *certwatcher.CertWatcher
}

// NewFiles reads tls.crt and tls.key from the directory where the Secret is mounted, and
// reloads them when they change, once it is added to a manager. The hosts are the names
// that the API server uses to call the injector; Ready checks that the certificate is
// valid for them. It returns an error if the files cannot be read or are not a
// certificate and its key.
func NewFiles(directory string, hosts []string) (*Files, error) {
	watcher, err := certwatcher.New(filepath.Join(directory, corev1.TLSCertKey), filepath.Join(directory, corev1.TLSPrivateKeyKey))
	if err != nil {
		return nil, fmt.Errorf("reading the serving certificate; mount a Secret with the keys %s and %s at %s: %w",
			corev1.TLSCertKey, corev1.TLSPrivateKeyKey, directory, err)
	}
	return &Files{hosts: hosts, watcher: watcher}, nil
}

// GetCertificate returns the certificate that was read last.
func (f *Files) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return f.watcher.GetCertificate(hello)
}

// Ready returns an error if the API server would reject the certificate because of its
// dates or names. It does not look at the caBundle, which somebody else writes.
func (f *Files) Ready(*http.Request) error {
	return checkValidity(servedLeaf(f.GetCertificate), f.hosts, time.Now())
}

// AddTo makes the manager watch the files, in every replica.
func (f *Files) AddTo(mgr manager.Manager, metrics prometheus.Registerer) error {
	if err := mgr.Add(f.watcher); err != nil {
		return err
	}
	return metrics.Register(newExpiry(f.GetCertificate))
}
