package certs

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestCASet checks the bundles step by step. Each step sets the clock, the current CA and
// what is found.
func TestCASet(t *testing.T) {
	const leafLifetime = time.Hour
	start := time.Now()
	longLived := func(ca *x509.Certificate) { ca.NotAfter = start.Add(1000 * time.Hour) }
	cas := map[string]*x509.Certificate{
		"a":       newCA(t, longLived).Certificate,
		"b":       newCA(t, longLived).Certificate,
		"c":       newCA(t, longLived).Certificate,
		"short":   newCA(t, func(ca *x509.Certificate) { ca.NotAfter = start.Add(90 * time.Minute) }).Certificate,
		"expired": newCA(t, func(ca *x509.Certificate) { ca.NotAfter = start.Add(-time.Second) }).Certificate,
	}
	type step struct {
		after   time.Duration
		current string
		found   []string
		want    []string
		// next is when the bundle changes by itself, counted from the start; 0 for never.
		next time.Duration
	}
	tests := map[string][]step{
		"the first CA is the only one": {
			{current: "a", want: []string{"a"}},
			{after: 500 * time.Hour, current: "a", found: []string{"a"}, want: []string{"a"}},
		},
		"the old CA stays for two leaf lifetimes": {
			{current: "a", want: []string{"a"}},
			{after: 5 * time.Hour, current: "b", found: []string{"a"}, want: []string{"b", "a"}, next: 7 * time.Hour},
			{after: 6*time.Hour + 59*time.Minute, current: "b", found: []string{"b", "a"}, want: []string{"b", "a"}, next: 7 * time.Hour},
			{after: 7 * time.Hour, current: "b", found: []string{"b", "a"}, want: []string{"b"}},
		},
		"an emptied bundle gets the old CA back too": {
			{current: "a", want: []string{"a"}},
			{after: time.Hour, current: "b", want: []string{"b", "a"}, next: 3 * time.Hour},
		},
		"each old CA is removed at its own time": {
			{current: "a", want: []string{"a"}},
			{after: time.Hour, current: "b", found: []string{"a"}, want: []string{"b", "a"}, next: 3 * time.Hour},
			{after: 2 * time.Hour, current: "c", found: []string{"b", "a"}, want: []string{"c", "b", "a"}, next: 3 * time.Hour},
			{after: 3 * time.Hour, current: "c", found: []string{"c", "b", "a"}, want: []string{"c", "b"}, next: 4 * time.Hour},
			{after: 4 * time.Hour, current: "c", found: []string{"c", "b"}, want: []string{"c"}},
		},
		"a CA that returns is current again": {
			{current: "a", want: []string{"a"}},
			{after: time.Hour, current: "b", found: []string{"a"}, want: []string{"b", "a"}, next: 3 * time.Hour},
			{after: 2 * time.Hour, current: "a", found: []string{"b", "a"}, want: []string{"a", "b"}, next: 4 * time.Hour},
			{after: 50 * time.Hour, current: "a", found: []string{"a", "b"}, want: []string{"a"}},
		},
		"a removed CA that appears in a bundle again is removed again": {
			{current: "b", found: []string{"a"}, want: []string{"b", "a"}, next: 2 * time.Hour},
			{after: 2 * time.Hour, current: "b", found: []string{"b", "a"}, want: []string{"b"}},
			{after: 3 * time.Hour, current: "b", found: []string{"a"}, want: []string{"b"}},
		},
		"an expired CA is removed at once, and one that expires sooner is removed sooner": {
			{current: "a", found: []string{"expired", "short"}, want: []string{"a", "short"}, next: 90 * time.Minute},
			{after: 90 * time.Minute, current: "a", found: []string{"a", "short"}, want: []string{"a"}},
		},
		"a CA that is found twice is kept once": {
			{current: "a", found: []string{"b", "a", "b", "a"}, want: []string{"a", "b"}, next: 2 * time.Hour},
		},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			set := newCASet(leafLifetime)
			for i, step := range steps {
				var found []*x509.Certificate
				for _, name := range step.found {
					found = append(found, cas[name])
				}
				bundle, next := set.update(cas[step.current], found, start.Add(step.after))
				var got []string
				for _, certificate := range bundle {
					for name, ca := range cas {
						if ca.Equal(certificate) {
							got = append(got, name)
						}
					}
				}
				if diff := cmp.Diff(step.want, got); diff != "" {
					t.Errorf("step %d: bundle (-want +got):\n%s", i, diff)
				}
				wantNext := time.Time{}
				if step.next != 0 {
					wantNext = start.Add(step.next)
				}
				// The times in a certificate are whole seconds.
				if !next.Truncate(time.Second).Equal(wantNext.Truncate(time.Second)) {
					t.Errorf("step %d: next = %v, want %v", i, next, wantNext)
				}
			}
		})
	}
}

func TestCASetStaysSmallIfTheSecretIsDestroyedAgainAndAgain(t *testing.T) {
	set := newCASet(time.Hour)
	now := time.Now()
	var bundle []*x509.Certificate
	var last *x509.Certificate
	for range 3 * maxRetired {
		last = newCA(t).Certificate
		now = now.Add(time.Second)
		bundle, _ = set.update(last, bundle, now)
	}
	if len(bundle) != maxRetired+1 {
		t.Errorf("the bundle holds %d certificates, want %d", len(bundle), maxRetired+1)
	}
	if !bundle[0].Equal(last) {
		t.Error("the current CA is not the first of the bundle")
	}
}
