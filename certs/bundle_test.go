package certs

import (
	"crypto/x509"
	"encoding/pem"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeBundle(t *testing.T) {
	a, b := newCA(t).Certificate, newCA(t).Certificate
	pemOf := func(certificates ...*x509.Certificate) []byte { return encodeBundle(certificates) }
	broken := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Raw[:len(a.Raw)/2]})

	tests := map[string]struct {
		bundle []byte
		want   []*x509.Certificate
		clean  bool
	}{
		"an empty bundle is clean and holds nothing":          {bundle: nil, clean: true},
		"certificates come in their order":                    {bundle: pemOf(b, a), want: []*x509.Certificate{b, a}, clean: true},
		"white space at the end does not matter":              {bundle: append(pemOf(a), "\n \n"...), want: []*x509.Certificate{a}, clean: true},
		"a bundle of other bytes holds nothing":               {bundle: []byte("garbage")},
		"a block that is not a certificate is skipped":        {bundle: slices.Concat(broken, pemOf(a)), want: []*x509.Certificate{a}},
		"a block of another type is skipped":                  {bundle: slices.Concat(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: a.Raw}), pemOf(a)), want: []*x509.Certificate{a}},
		"a bundle cut off in the middle keeps the first part": {bundle: pemOf(a, b)[:len(pemOf(a))+40], want: []*x509.Certificate{a}},
		"text after the last certificate is unclean":          {bundle: append(pemOf(a), "more"...), want: []*x509.Certificate{a}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, clean := decodeBundle(test.bundle)
			if diff := cmp.Diff(pemOf(test.want...), pemOf(got...)); diff != "" {
				t.Errorf("certificates (-want +got):\n%s", diff)
			}
			if clean != test.clean {
				t.Errorf("clean = %v, want %v", clean, test.clean)
			}
		})
	}
}

func TestCompareBundle(t *testing.T) {
	a, b, c := newCA(t).Certificate, newCA(t).Certificate, newCA(t).Certificate
	pemOf := func(certificates ...*x509.Certificate) []byte { return encodeBundle(certificates) }
	wanted := []*x509.Certificate{a, b}

	tests := map[string]struct {
		bundle  []byte
		missing []fingerprint
		extra   bool
	}{
		"the same certificates in the same order do not differ":   {bundle: pemOf(a, b)},
		"the order does not matter":                               {bundle: pemOf(b, a)},
		"all are missing in an empty bundle":                      {missing: []fingerprint{fingerprintOf(a), fingerprintOf(b)}},
		"one of two is missing":                                   {bundle: pemOf(b), missing: []fingerprint{fingerprintOf(a)}},
		"another CA in place of one is extra, and one is missing": {bundle: pemOf(a, c), missing: []fingerprint{fingerprintOf(b)}, extra: true},
		"a further CA is extra":                                   {bundle: pemOf(a, b, c), extra: true},
		"a certificate that is there twice is extra":              {bundle: pemOf(a, b, a), extra: true},
		"other bytes are extra":                                   {bundle: append(pemOf(a, b), "garbage"...), extra: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := compareBundle(test.bundle, wanted)
			if diff := cmp.Diff(test.missing, got.missing); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
			if got.extra != test.extra {
				t.Errorf("extra = %v, want %v", got.extra, test.extra)
			}
			if want := len(test.missing) == 0 && !test.extra; got.empty() != want {
				t.Errorf("empty() = %v, want %v", got.empty(), want)
			}
		})
	}
}

func TestTrusts(t *testing.T) {
	ca, other := newCA(t), newCA(t)
	leaf := ca.leaf(t, time.Hour)
	now := time.Now()

	tests := map[string]struct {
		bundle []byte
		now    time.Time
		want   bool
	}{
		"the CA that signed it":               {bundle: ca.CertificatePEM(), now: now, want: true},
		"the CA among others":                 {bundle: encodeBundle([]*x509.Certificate{other.Certificate, ca.Certificate}), now: now, want: true},
		"the CA after other bytes":            {bundle: append([]byte("garbage\n"), ca.CertificatePEM()...), now: now, want: true},
		"another CA of the same name":         {bundle: other.CertificatePEM(), now: now},
		"no CA":                               {now: now},
		"the CA, but the certificate expired": {bundle: ca.CertificatePEM(), now: now.Add(2 * time.Hour)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := trusts(test.bundle, leaf, test.now); got != test.want {
				t.Errorf("trusts() = %v, want %v", got, test.want)
			}
		})
	}
}
