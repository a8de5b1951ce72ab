package certs

import (
	"cmp"
	"crypto/x509"
	"slices"
	"time"
)

// retirementLeafLifetimes is how long a CA stays in the bundles after it has been replaced, counted in lifetimes of
// serving certificates: one for the last certificate signed with it, and one for a replica that went on signing
// because it was cut off from the API server.
const retirementLeafLifetimes = 2

// maxRetired bounds the bundles when something keeps destroying the Secret, and each time a new CA is made.
const maxRetired = 10

// roster knows which CAs belong in the bundles: the current one, and those it replaced as long as a replica may still
// serve a certificate of theirs. What it knows lives as long as the leader. A new leader starts the clock of retired
// CAs anew, which only keeps them longer.
type roster struct {
	retirement time.Duration
	current    *x509.Certificate
	retired    map[fingerprint]retiredCA
}

type retiredCA struct {
	certificate *x509.Certificate
	since       time.Time
}

func newRoster(leafLifetime time.Duration) *roster {
	return &roster{retirement: retirementLeafLifetimes * leafLifetime, retired: map[fingerprint]retiredCA{}}
}

// update takes the current CA and every certificate found in the bundles, and returns what all bundles must hold: the
// current CA first, then the retired ones, latest first. The time until which that stays true comes second; it is
// zero when nothing will change by itself.
func (r *roster) update(current *x509.Certificate, found []*x509.Certificate, now time.Time) ([]*x509.Certificate, time.Time) {
	if r.current != nil {
		found = append(slices.Clip(found), r.current)
	}
	for _, certificate := range found {
		print := fingerprintOf(certificate)
		if _, known := r.retired[print]; !known {
			r.retired[print] = retiredCA{certificate: certificate, since: now}
		}
	}
	r.current = current
	delete(r.retired, fingerprintOf(current))

	kept := make([]retiredCA, 0, len(r.retired))
	for _, ca := range r.retired {
		// One whose time is over stays in the roster, so that it is not taken for a newcomer when it turns up again.
		if now.Before(r.end(ca)) {
			kept = append(kept, ca)
		}
	}
	slices.SortFunc(kept, func(a, b retiredCA) int {
		return cmp.Or(b.since.Compare(a.since), b.certificate.NotBefore.Compare(a.certificate.NotBefore),
			slices.Compare(a.certificate.Raw, b.certificate.Raw))
	})
	kept = kept[:min(len(kept), maxRetired)]

	bundle := []*x509.Certificate{current}
	var next time.Time
	for _, ca := range kept {
		bundle = append(bundle, ca.certificate)
		if end := r.end(ca); next.IsZero() || end.Before(next) {
			next = end
		}
	}
	return bundle, next
}

// end is when the CA leaves the bundles.
func (r *roster) end(ca retiredCA) time.Time {
	end := ca.since.Add(r.retirement)
	if ca.certificate.NotAfter.Before(end) {
		return ca.certificate.NotAfter
	}
	return end
}
