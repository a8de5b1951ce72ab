package certs

import (
	"crypto/tls"

	"github.com/prometheus/client_golang/prometheus"
)

// The values of the metric label "repaired".
const (
	repairedSecret     = "ca_secret"
	repairedMutating   = "mutating_ca_bundle"
	repairedValidating = "validating_ca_bundle"
)

// newRepairs returns the counter of damage that was repaired. A planned rotation is not
// damage.
func newRepairs() *prometheus.CounterVec {
	repairs := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "gcm_injector_certificate_repairs_total",
		Help: "Repairs of damage to the self-managed certificates that the elected leader made or saw, by what was damaged.",
	}, []string{"repaired"})
	for _, repaired := range []string{repairedSecret, repairedMutating, repairedValidating} {
		repairs.WithLabelValues(repaired)
	}
	return repairs
}

// newExpiry returns the gauge of the time at which the serving certificate expires.
func newExpiry(get func(*tls.ClientHelloInfo) (*tls.Certificate, error)) prometheus.GaugeFunc {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "gcm_injector_serving_certificate_expiry_timestamp_seconds",
		Help: "When the certificate that this replica serves expires, in seconds since the epoch; 0 without a certificate.",
	}, func() float64 {
		if leaf := servedLeaf(get); leaf != nil {
			return float64(leaf.NotAfter.Unix())
		}
		return 0
	})
}
