package check

import (
	"context"
	"fmt"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/certs"
	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
)

var certificateLifetimeCheck = Check{
	ID: "certificate-lifetime", Category: injectorCategory, Severity: Warning, Stage: Installed,
	Description: "the certificates are renewed in time",
	Means:       "Less than a fifth of a certificate's life is left. All of them are to be renewed when a third is left, so renewal does not work. Self-managed serving certificates exist only in the injectors' memory; how long they have left is read from the injectors' metrics, which needs the permission to get `pods/proxy`.",
	Do:          "The injector's log, or `kubectl -n linkerd-gcm describe certificates`, says why.",
	run:         certificatesAreRenewed,
}

func certificatesAreRenewed(ctx context.Context, r *runContext) error {
	found, i, err := r.installedCertificates(ctx)
	if err != nil {
		return err
	}
	var problems []string
	for _, c := range found {
		problems = append(problems, c.judgeAge(r.now)...)
	}
	inMemory, err := r.judgeInMemory(ctx, i)
	if err != nil {
		return err
	}
	return joinLines(append(problems, inMemory...))
}

// metricsPort is where the injectors that the chart makes serve their metrics.
const metricsPort = 9990

// judgeInMemory judges the certificates that exist only in the memory of the injectors,
// as far as their metrics may be read.
func (r *runContext) judgeInMemory(ctx context.Context, i cluster.Installation) ([]string, error) {
	if _, serving := secretOf(i); serving || i.Deployment == nil {
		return nil, nil
	}
	pods, err := r.cluster.Pods(ctx, i.Namespace, i.Deployment.Spec.Selector.MatchLabels)
	if err != nil {
		return nil, err
	}
	life := certs.DefaultLeafLifetime
	if given, err := time.ParseDuration(i.Flag("--certificate-lifetime")); err == nil {
		life = given
	}
	var problems []string
	for _, pod := range pods {
		expiry := r.cluster.Metrics(ctx, &pod, metricsPort).Sum("gcm_injector_serving_certificate_expiry_timestamp_seconds")
		if expiry > 0 {
			left := time.Unix(int64(expiry), 0).Sub(r.now)
			problems = append(problems, judgeLife("the certificate of pod "+pod.Namespace+"/"+pod.Name, left, life)...)
		}
	}
	return problems, nil
}

// minimumLeft is the part of its life that every certificate should have left. Each is
// to be renewed when a third is left.
const minimumLeft = 0.2

// judgeAge says whether a certificate should have been renewed by now. One that
// has expired is judged elsewhere.
func (c certificate) judgeAge(now time.Time) []string {
	life, left := c.NotAfter.Sub(c.NotBefore), c.NotAfter.Sub(now)
	if left <= 0 {
		return nil
	}
	return judgeLife(c.name, left, life)
}

func judgeLife(name string, left, life time.Duration) []string {
	switch {
	case left <= 0:
		return []string{fmt.Sprintf("%s has expired: its renewal has failed", name)}
	case left.Seconds() < minimumLeft*life.Seconds():
		return []string{fmt.Sprintf("%s has only %s left of %s: its renewal has failed",
			name, left.Round(time.Minute), life.Round(time.Minute))}
	}
	return nil
}
