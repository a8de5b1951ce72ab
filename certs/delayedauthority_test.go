package certs

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cert-manager/cert-manager/pkg/server/tls/authority"
	"github.com/go-logr/logr"
)

// instantAuthority signs every template with the same CA.
type instantAuthority struct {
	t      *testing.T
	ca     testCA
	signed *x509.Certificate
}

func (*instantAuthority) Run(context.Context) error               { return nil }
func (*instantAuthority) WatchRotation(chan<- struct{})           {}
func (*instantAuthority) StopWatchingRotation(ch chan<- struct{}) {}

func (a *instantAuthority) Sign(template *x509.Certificate) (*x509.Certificate, error) {
	a.signed = template
	return a.ca.leaf(a.t, 10*time.Hour), nil
}

// TestDelayedAuthority signs a certificate with a new CA while a certificate of the old
// CA, with two hours left, is being served.
func TestDelayedAuthority(t *testing.T) {
	const propagationDelay = time.Minute
	mutating := webhookConfiguration{kind: "MutatingWebhookConfiguration", name: "m"}
	validating := webhookConfiguration{kind: "ValidatingWebhookConfiguration", name: "v"}

	type change struct {
		after   time.Duration
		of      webhookConfiguration
		bundles [][]byte
	}
	tests := map[string]func(old, new []byte) (changes []change, serving bool, want time.Duration){
		"the first certificate is served at once": func(old, _ []byte) ([]change, bool, time.Duration) {
			return []change{{of: mutating, bundles: [][]byte{old}}}, false, 0
		},
		"the new CA is in both caBundles already: served after the delay": func(old, new []byte) ([]change, bool, time.Duration) {
			both := [][]byte{append(old, new...)}
			return []change{{of: mutating, bundles: both}, {of: validating, bundles: both}}, true, propagationDelay
		},
		"served after the delay once the last caBundle holds the new CA": func(old, new []byte) ([]change, bool, time.Duration) {
			both := [][]byte{append(old, new...)}
			return []change{
				{of: mutating, bundles: [][]byte{old}},
				{of: validating, bundles: [][]byte{old}},
				{after: time.Second, of: mutating, bundles: both},
				{after: 10 * time.Minute, of: validating, bundles: both},
			}, true, 10*time.Minute + propagationDelay
		},
		"one webhook of a configuration lacks the new CA: not served before the old certificate expires": func(old, new []byte) ([]change, bool, time.Duration) {
			return []change{{of: mutating, bundles: [][]byte{append(old, new...), old}}}, true, 2*time.Hour - propagationDelay
		},
		"a configuration that is deleted no longer counts": func(old, new []byte) ([]change, bool, time.Duration) {
			return []change{
				{of: mutating, bundles: [][]byte{old}},
				{after: 5 * time.Minute, of: mutating},
			}, true, 5*time.Minute + propagationDelay
		},
		"the delay starts again when a caBundle loses the new CA": func(old, new []byte) ([]change, bool, time.Duration) {
			both := [][]byte{append(old, new...)}
			return []change{
				{of: mutating, bundles: both},
				{after: 50 * time.Second, of: mutating, bundles: [][]byte{old}},
				{after: 70 * time.Second, of: mutating, bundles: both},
			}, true, 70*time.Second + propagationDelay
		},
		"the old CA was removed from the caBundle: served at once": func(old, new []byte) ([]change, bool, time.Duration) {
			return []change{
				{of: mutating, bundles: [][]byte{nil}},
				{after: 3 * time.Second, of: mutating, bundles: [][]byte{new}},
			}, true, 3 * time.Second
		},
		"no caBundle holds the new CA: served when the old certificate expires": func(old, _ []byte) ([]change, bool, time.Duration) {
			return []change{{of: mutating, bundles: [][]byte{old}}}, true, 2*time.Hour - propagationDelay
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				longLived := func(ca *x509.Certificate) { ca.NotAfter = time.Now().Add(100 * time.Hour) }
				oldCA, newCA := newCA(t, longLived), newCA(t, longLived)
				changes, isServing, want := test(oldCA.CertificatePEM(), newCA.CertificatePEM())
				served := oldCA.leaf(t, 2*time.Hour)
				if !isServing {
					served = nil
				}
				bundles := newBundleWatcher()
				delayed := &delayedAuthority{
					Authority:        &instantAuthority{t: t, ca: newCA},
					bundles:          bundles,
					served:           func() *x509.Certificate { return served },
					propagationDelay: propagationDelay,
					log:              logr.Discard(),
				}
				start := time.Now()
				for _, change := range changes {
					if change.after == 0 {
						bundles.set(change.of, change.bundles)
						continue
					}
					time.AfterFunc(change.after, func() { bundles.set(change.of, change.bundles) })
				}
				leaf, err := delayed.Sign(&x509.Certificate{})
				if err != nil {
					t.Fatal(err)
				}
				if err := leaf.CheckSignatureFrom(newCA.Certificate); err != nil {
					t.Error(err)
				}
				if got := time.Since(start).Round(time.Millisecond); got != want {
					t.Errorf("served after %s, want %s", got, want)
				}
			})
		})
	}
}

func TestDelayedAuthorityGivesUp(t *testing.T) {
	tests := map[string]func(replaced, done chan struct{}){
		"when the CA is replaced in the meantime": func(replaced, _ chan struct{}) { replaced <- struct{}{} },
		"when the server shuts down":              func(_, done chan struct{}) { close(done) },
	}
	for name, interrupt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ca := newCA(t)
				bundles := newBundleWatcher()
				bundles.set(webhookConfiguration{name: "m"}, [][]byte{ca.CertificatePEM()})
				served := ca.leaf(t, 30*time.Minute)
				replaced, done := make(chan struct{}, 1), make(chan struct{})
				delayed := &delayedAuthority{
					Authority:        &instantAuthority{t: t, ca: newCA(t)},
					bundles:          bundles,
					served:           func() *x509.Certificate { return served },
					propagationDelay: time.Second,
					replaced:         replaced,
					done:             done,
					log:              logr.Discard(),
				}
				replaced <- struct{}{} // An old message does not count.
				time.AfterFunc(time.Minute, func() { interrupt(replaced, done) })
				start := time.Now()
				if _, err := delayed.Sign(&x509.Certificate{}); !errors.Is(err, authority.ErrCertificateNotAvailable) {
					t.Errorf("Sign() error = %v, want one that makes DynamicSource try again: %v", err, authority.ErrCertificateNotAvailable)
				}
				if got := time.Since(start); got != time.Minute {
					t.Errorf("gave up after %s, want %s", got, time.Minute)
				}
			})
		})
	}
}

func TestDelayedAuthorityAddsAddresses(t *testing.T) {
	signer := &instantAuthority{t: t, ca: newCA(t)}
	delayed := &delayedAuthority{
		Authority: signer,
		addresses: parseHosts([]string{"localhost", "127.0.0.1", "::1"}).addresses,
		bundles:   newBundleWatcher(),
		served:    func() *x509.Certificate { return nil },
		log:       logr.Discard(),
	}
	if _, err := delayed.Sign(&x509.Certificate{}); err != nil {
		t.Fatal(err)
	}
	want := []net.IP{net.ParseIP("127.0.0.1"), net.ParseIP("::1")}
	if len(signer.signed.IPAddresses) != 2 || !signer.signed.IPAddresses[0].Equal(want[0]) || !signer.signed.IPAddresses[1].Equal(want[1]) {
		t.Errorf("IP addresses = %v, want %v", signer.signed.IPAddresses, want)
	}
}
