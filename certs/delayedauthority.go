package certs

import (
	"crypto/x509"
	"fmt"
	"net"
	"time"

	"github.com/cert-manager/cert-manager/pkg/server/tls"
	"github.com/cert-manager/cert-manager/pkg/server/tls/authority"
	"github.com/go-logr/logr"
)

// delayedAuthority is cert-manager's authority, except that Sign returns a new
// certificate only when it can be served. cert-manager's DynamicSource serves what Sign
// returns at once, and serves the old certificate until then. Without the delay, a
// replica would serve a certificate of a new CA before that CA is in the caBundles. It
// also adds IP addresses to the certificate, which DynamicSource does not support.
type delayedAuthority struct {
	tls.Authority

	addresses []net.IP
	bundles   *bundleWatcher
	// served returns the certificate that is being served, or nil.
	served func() *x509.Certificate
	// propagationDelay is how long this replica must have seen a certificate trusted
	// before it serves it: the API servers may see a new caBundle later than this
	// replica.
	propagationDelay time.Duration
	// replaced receives a message when the CA has been replaced.
	replaced chan struct{}
	done     <-chan struct{}
	log      logr.Logger
}

// Sign signs the template and waits until the certificate can be served.
func (a *delayedAuthority) Sign(template *x509.Certificate) (*x509.Certificate, error) {
	select {
	case <-a.replaced: // This message is older than the CA that signs now.
	default:
	}
	template.IPAddresses = a.addresses
	leaf, err := a.Authority.Sign(template)
	if err != nil {
		return nil, err
	}
	if err := a.wait(leaf); err != nil {
		return nil, err
	}
	a.log.Info("serving a new certificate", "expires", leaf.NotAfter, "signedBy", fmt.Sprintf("%X", leaf.AuthorityKeyId))
	return leaf, nil
}

// wait returns when the certificate can be served. It returns an error if the CA is
// replaced in the meantime, because the certificate may then never be trusted.
func (a *delayedAuthority) wait(leaf *x509.Certificate) error {
	var trustedSince time.Time
	for {
		changed := a.bundles.changes()
		now := time.Now()
		if _, rejecting := a.bundles.verify(leaf, now); len(rejecting) > 0 || !a.bundles.hasSynced() {
			trustedSince = time.Time{}
		} else if trustedSince.IsZero() {
			trustedSince = now
		}
		remaining := a.remaining(trustedSince, now)
		if remaining <= 0 {
			return nil
		}
		timer := time.NewTimer(remaining)
		select {
		case <-timer.C:
		case <-changed:
		case <-a.replaced:
			timer.Stop()
			return fmt.Errorf("the CA was replaced before its certificate was served: %w", authority.ErrCertificateNotAvailable)
		case <-a.done:
			timer.Stop()
			return fmt.Errorf("shutting down: %w", authority.ErrCertificateNotAvailable)
		}
		timer.Stop()
	}
}

// remaining is how long to continue with the certificate that is being served if nothing
// changes. trustedSince is zero if the next certificate is not trusted.
func (a *delayedAuthority) remaining(trustedSince, now time.Time) time.Duration {
	served := a.served()
	if served == nil {
		return 0
	}
	// Once the served certificate has expired, the next one cannot be worse.
	untilExpiry := served.NotAfter.Add(-a.propagationDelay).Sub(now)
	if trustedSince.IsZero() {
		return untilExpiry
	}
	if _, rejecting := a.bundles.verify(served, now); len(rejecting) > 0 {
		return 0
	}
	return min(untilExpiry, trustedSince.Add(a.propagationDelay).Sub(now))
}
