package check

import (
	"context"
	"fmt"
	"strings"
	"time"
)

var certificatesCheck = Check{
	ID: "certificates", Category: injectorCategory, Severity: Error, Stage: Installed,
	Description: "the certificates are valid",
	Means:       "A certificate has expired, is not valid yet, or is for another name than the one by which the API server calls the injector.",
	Do:          "See [Certificates](#certificates). `kubectl -n linkerd-gcm delete secret gcm-injector-ca` creates a new self-managed CA; `cmctl renew` renews one of cert-manager.",
	run:         certificatesAreValid,
}

func certificatesAreValid(ctx context.Context, r *runContext) error {
	found, i, err := r.installedCertificates(ctx)
	if err != nil {
		return err
	}
	var problems []string
	for _, c := range found {
		problems = append(problems, c.judge(i.Hosts(), r.now)...)
	}
	return joinLines(problems)
}

// judge says what is wrong with a certificate by itself.
func (c certificate) judge(hosts []string, now time.Time) []string {
	var problems []string
	switch {
	case now.After(c.NotAfter):
		problems = append(problems, fmt.Sprintf("%s expired at %s", c.name, c.NotAfter.Format(time.RFC3339)))
	case now.Before(c.NotBefore):
		problems = append(problems, fmt.Sprintf("%s is not valid before %s", c.name, c.NotBefore.Format(time.RFC3339)))
	}
	for _, host := range hosts {
		if c.serving && c.VerifyHostname(host) != nil {
			problems = append(problems, fmt.Sprintf("%s is for %s, and the API server calls the injector %s",
				c.name, strings.Join(c.DNSNames, ", "), host))
		}
	}
	return problems
}
