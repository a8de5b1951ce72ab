package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/certs"
)

// cert-manager renews the certificate in the Secret with a new CA, kubelet writes it into the pod, and cainjector has
// put both CAs into the caBundles.
func TestCertsOfAMountedSecretAreReloaded(t *testing.T) {
	t.Parallel()
	i := installCerts(t, 0, 0)
	oldSecret, newSecret := newCASecret(t), newCASecret(t)
	i.createConfigurations(slices.Concat(oldSecret[corev1.TLSCertKey], newSecret[corev1.TLSCertKey]))
	directory := t.TempDir()
	mountCertificate(t, directory, oldSecret)
	files, err := certs.NewFiles(directory, []string{"localhost"})
	if err != nil {
		t.Fatal(err)
	}
	replica := i.startReplica("replica", files)
	i.await("ready", replica.ready)
	admissions := i.startAdmissions()
	i.await("ten admissions", admissions.reach(10))

	mountCertificate(t, directory, newSecret)
	ca, err := parseCertificate(newSecret[corev1.TLSCertKey])
	if err != nil {
		t.Fatal(err)
	}
	i.await("the new certificate to be served", func() error { return replica.servesCertificateOf(ca) })
	admissions.check(t)
	if got := i.requests.caBundleWrites(); got != 0 {
		t.Errorf("%d writes of caBundles, want none: they are somebody else's", got)
	}
}

// mountCertificate signs a certificate for localhost and writes it as kubelet writes a Secret: into a new directory, to
// which the symbolic link ..data is then switched.
func mountCertificate(t *testing.T, directory string, caSecret map[string][]byte) {
	t.Helper()
	ca, err := tls.X509KeyPair(caSecret[corev1.TLSCertKey], caSecret[corev1.TLSPrivateKeyKey])
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		DNSNames:     []string{"localhost"},
		NotBefore:    time.Now().Add(-time.Minute),
		NotAfter:     time.Now().Add(time.Hour),
	}
	certificate, key := signPair(t, template, ca.Leaf, ca.PrivateKey)
	version := filepath.Join(directory, fmt.Sprintf("..%d", time.Now().UnixNano()))
	if err := os.Mkdir(version, 0o700); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(directory, "..data")
	previous, _ := os.Readlink(data) // Empty the first time.
	err = errors.Join(
		os.WriteFile(filepath.Join(version, corev1.TLSCertKey), certificate, 0o600),
		os.WriteFile(filepath.Join(version, corev1.TLSPrivateKeyKey), key, 0o600),
		os.Symlink(filepath.Base(version), data+"_tmp"),
		os.Rename(data+"_tmp", data),
	)
	if previous == "" {
		for _, name := range []string{corev1.TLSCertKey, corev1.TLSPrivateKeyKey} {
			err = errors.Join(err, os.Symlink(filepath.Join("..data", name), filepath.Join(directory, name)))
		}
	} else {
		err = errors.Join(err, os.RemoveAll(filepath.Join(directory, previous)))
	}
	if err != nil {
		t.Fatal(err)
	}
}
