package check

import (
	"testing"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
)

func TestJudgeBundles(t *testing.T) {
	ca, other := testca.New(t), testca.New(t)
	leaf := certificate{Certificate: ca.Issue(t, "x").Certificate, name: "the certificate of a test", serving: true}
	authority := certificate{Certificate: ca.Certificate, name: "the certificate of a test"}
	now := leaf.NotBefore.Add(time.Minute)
	for name, test := range map[string]struct {
		bundle []byte
		now    time.Time
		want   string
	}{
		"the CA":                     {ca.CertificatePEM(), now, ""},
		"the CA after another one":   {append(other.CertificatePEM(), ca.CertificatePEM()...), now, ""},
		"none":                       {nil, now, "has no caBundle"},
		"garbage":                    {[]byte("garbage"), now, "holds no certificate"},
		"another CA":                 {other.CertificatePEM(), now, "does not verify the certificate of a test"},
		"an expired leaf is trusted": {ca.CertificatePEM(), leaf.NotAfter.Add(time.Hour), ""},
		"so is one of tomorrow":      {ca.CertificatePEM(), leaf.NotBefore.Add(-time.Minute), ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range []certificate{leaf, authority} {
				expect(t, test.want, joinLines(judgeBundles([]cluster.Webhook{{Name: "w", Bundle: test.bundle}}, []certificate{c}, test.now)))
			}
		})
	}
}
