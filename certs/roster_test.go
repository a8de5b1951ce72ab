package certs

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRoster looks at the bundles step by step: each step sets the clock, the current CA and what is found.
func TestRoster(t *testing.T) {
	const leafLifetime = time.Hour
	start := time.Now()
	lasting := func(ca *x509.Certificate) { ca.NotAfter = start.Add(1000 * time.Hour) }
	cas := map[string]*x509.Certificate{
		"a":     newCA(t, lasting).certificate,
		"b":     newCA(t, lasting).certificate,
		"c":     newCA(t, lasting).certificate,
		"brief": newCA(t, func(ca *x509.Certificate) { ca.NotAfter = start.Add(90 * time.Minute) }).certificate,
		"over":  newCA(t, func(ca *x509.Certificate) { ca.NotAfter = start.Add(-time.Second) }).certificate,
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
		"the first CA stands alone": {
			{current: "a", want: []string{"a"}},
			{after: 500 * time.Hour, current: "a", found: []string{"a"}, want: []string{"a"}},
		},
		"the old CA stays for two leaf lifetimes": {
			{current: "a", want: []string{"a"}},
			{after: 5 * time.Hour, current: "b", found: []string{"a"}, want: []string{"b", "a"}, next: 7 * time.Hour},
			{after: 6*time.Hour + 59*time.Minute, current: "b", found: []string{"b", "a"}, want: []string{"b", "a"}, next: 7 * time.Hour},
			{after: 7 * time.Hour, current: "b", found: []string{"b", "a"}, want: []string{"b"}},
		},
		"a wiped bundle gets the old CA back too": {
			{current: "a", want: []string{"a"}},
			{after: time.Hour, current: "b", want: []string{"b", "a"}, next: 3 * time.Hour},
		},
		"each old CA has its own time": {
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
		"one whose time was over is dropped again when it turns up again": {
			{current: "b", found: []string{"a"}, want: []string{"b", "a"}, next: 2 * time.Hour},
			{after: 2 * time.Hour, current: "b", found: []string{"b", "a"}, want: []string{"b"}},
			{after: 3 * time.Hour, current: "b", found: []string{"a"}, want: []string{"b"}},
		},
		"an expired CA is dropped at once, one that expires sooner goes sooner": {
			{current: "a", found: []string{"over", "brief"}, want: []string{"a", "brief"}, next: 90 * time.Minute},
			{after: 90 * time.Minute, current: "a", found: []string{"a", "brief"}, want: []string{"a"}},
		},
		"what is found twice is kept once": {
			{current: "a", found: []string{"b", "a", "b", "a"}, want: []string{"a", "b"}, next: 2 * time.Hour},
		},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			roster := newRoster(leafLifetime)
			for i, step := range steps {
				var found []*x509.Certificate
				for _, name := range step.found {
					found = append(found, cas[name])
				}
				bundle, next := roster.update(cas[step.current], found, start.Add(step.after))
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
				// A certificate knows no fractions of a second.
				if !next.Truncate(time.Second).Equal(wantNext.Truncate(time.Second)) {
					t.Errorf("step %d: next = %v, want %v", i, next, wantNext)
				}
			}
		})
	}
}

func TestRosterStaysSmallWhenTheSecretIsDestroyedOverAndOver(t *testing.T) {
	roster := newRoster(time.Hour)
	now := time.Now()
	var bundle []*x509.Certificate
	var last *x509.Certificate
	for range 3 * maxRetired {
		last = newCA(t).certificate
		now = now.Add(time.Second)
		bundle, _ = roster.update(last, bundle, now)
	}
	if len(bundle) != maxRetired+1 {
		t.Errorf("the bundle holds %d certificates, want %d", len(bundle), maxRetired+1)
	}
	if !bundle[0].Equal(last) {
		t.Error("the current CA is not the first of the bundle")
	}
}
