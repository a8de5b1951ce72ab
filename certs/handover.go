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

// handover is cert-manager's authority with one thing added: Sign returns a new certificate only when it is time to
// serve it. cert-manager's DynamicSource serves whatever Sign returns at once, and goes on serving the old certificate
// until then; without the wait, a replica would serve a certificate of a new CA before the CA is in the caBundles.
// It also adds IP addresses, which DynamicSource knows nothing of.
type handover struct {
	tls.Authority

	addresses []net.IP
	trust     *trust
	// served returns the certificate that is being served, or nil.
	served func() *x509.Certificate
	// settling is how long a certificate must have been trusted, as far as this replica can see, before it is served.
	settling time.Duration
	// replaced gets a message when the CA has been replaced.
	replaced chan struct{}
	done     <-chan struct{}
	log      logr.Logger
}

// Sign signs the template and waits until the certificate can be served.
func (h *handover) Sign(template *x509.Certificate) (*x509.Certificate, error) {
	select {
	case <-h.replaced: // This message is older than the CA that signs now.
	default:
	}
	template.IPAddresses = h.addresses
	leaf, err := h.Authority.Sign(template)
	if err != nil {
		return nil, err
	}
	if err := h.wait(leaf); err != nil {
		return nil, err
	}
	h.log.Info("serving a new certificate", "expires", leaf.NotAfter, "signedBy", fmt.Sprintf("%X", leaf.AuthorityKeyId))
	return leaf, nil
}

// wait returns when the certificate can be served. It gives up when the CA is replaced meanwhile, for then the
// certificate may never be trusted.
func (h *handover) wait(leaf *x509.Certificate) error {
	var trustedSince time.Time
	for {
		changed := h.trust.changes()
		now := time.Now()
		if _, refusing := h.trust.of(leaf, now); len(refusing) > 0 || !h.trust.hasSynced() {
			trustedSince = time.Time{}
		} else if trustedSince.IsZero() {
			trustedSince = now
		}
		remaining := h.remaining(trustedSince, now)
		if remaining <= 0 {
			return nil
		}
		timer := time.NewTimer(remaining)
		select {
		case <-timer.C:
		case <-changed:
		case <-h.replaced:
			timer.Stop()
			return fmt.Errorf("the CA was replaced before its certificate was served: %w", authority.ErrCertificateNotAvailable)
		case <-h.done:
			timer.Stop()
			return fmt.Errorf("shutting down: %w", authority.ErrCertificateNotAvailable)
		}
		timer.Stop()
	}
}

// remaining is how long to go on with the certificate that is being served, if nothing changes. trustedSince is zero
// when the next certificate is not trusted.
func (h *handover) remaining(trustedSince, now time.Time) time.Duration {
	served := h.served()
	if served == nil {
		return 0
	}
	// At its end the served certificate is worth nothing, whatever becomes of the next one.
	untilEnd := served.NotAfter.Add(-h.settling).Sub(now)
	if trustedSince.IsZero() {
		return untilEnd
	}
	if _, refusing := h.trust.of(served, now); len(refusing) > 0 {
		return 0
	}
	return min(untilEnd, trustedSince.Add(h.settling).Sub(now))
}
