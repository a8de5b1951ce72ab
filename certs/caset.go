package certs

import (
	"cmp"
	"crypto/x509"
	"slices"
	"time"
)

// retentionLeafLifetimes is how long a CA stays in the bundles after it has been
// replaced, counted in lifetimes of serving certificates: one for the last certificate
// that was signed with it, and one for a replica that continued to sign because it could
// not reach the API server.
const retentionLeafLifetimes = 2

// maxRetired limits the size of the bundles if something keeps destroying the Secret, so
// that a new CA is made each time.
const maxRetired = 10

// caSet knows which CAs belong in the bundles: the current one, and those that it
// replaced, as long as a replica may still serve a certificate that was signed with them.
// It is kept in the leader's memory. A new leader counts the time of retired CAs from the
// beginning, which only keeps them longer.
type caSet struct {
	retention time.Duration
	current   *x509.Certificate
	retired   map[fingerprint]retiredCA
}

type retiredCA struct {
	certificate *x509.Certificate
	since       time.Time
}

func newCASet(leafLifetime time.Duration) *caSet {
	return &caSet{retention: retentionLeafLifetimes * leafLifetime, retired: map[fingerprint]retiredCA{}}
}

// update takes the current CA and every certificate found in the bundles. It returns what
// all bundles must hold: the current CA first, then the retired ones, the latest first.
// It also returns the time when the next CA has to be removed, which is zero if none has
// to be.
func (s *caSet) update(current *x509.Certificate, found []*x509.Certificate, now time.Time) (bundle []*x509.Certificate, next time.Time) {
	s.retire(found, now)
	if s.current != nil {
		s.retire([]*x509.Certificate{s.current}, now)
	}
	s.current = current
	delete(s.retired, fingerprintOf(current))

	bundle = []*x509.Certificate{current}
	for _, ca := range s.retained(now) {
		bundle = append(bundle, ca.certificate)
		if removal := s.removalTime(ca); next.IsZero() || removal.Before(next) {
			next = removal
		}
	}
	return bundle, next
}

// retire records CAs that are not current, unless they are recorded already.
func (s *caSet) retire(certificates []*x509.Certificate, now time.Time) {
	for _, certificate := range certificates {
		id := fingerprintOf(certificate)
		if _, known := s.retired[id]; !known {
			s.retired[id] = retiredCA{certificate: certificate, since: now}
		}
	}
}

// retained returns the retired CAs that still belong in the bundles, the latest first.
// The others stay recorded, so that one which appears in a bundle again is not mistaken
// for a new one.
func (s *caSet) retained(now time.Time) []retiredCA {
	retained := make([]retiredCA, 0, len(s.retired))
	for _, ca := range s.retired {
		if now.Before(s.removalTime(ca)) {
			retained = append(retained, ca)
		}
	}
	slices.SortFunc(retained, func(a, b retiredCA) int {
		return cmp.Or(b.since.Compare(a.since), b.certificate.NotBefore.Compare(a.certificate.NotBefore),
			slices.Compare(a.certificate.Raw, b.certificate.Raw))
	})
	return retained[:min(len(retained), maxRetired)]
}

// removalTime is when the CA has to be removed from the bundles.
func (s *caSet) removalTime(ca retiredCA) time.Time {
	end := ca.since.Add(s.retention)
	if ca.certificate.NotAfter.Before(end) {
		return ca.certificate.NotAfter
	}
	return end
}
