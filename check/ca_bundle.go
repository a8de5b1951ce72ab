package check

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/certs"
	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
)

var caBundleCheck = Check{
	ID: "ca-bundle", Category: injectorCategory, Severity: Error, Stage: Installed, Retry: true,
	Description: "the webhook configurations trust the injector's certificate",
	Means:       "The API server refuses to talk to the injector: the `caBundle` of a webhook is empty, or does not verify the certificate. It is compared with the certificate in the injector's Secret, and with the one that an injector outside the cluster serves.",
	Do:          "With `self-managed`, the leader writes it within seconds; with cert-manager, its cainjector does. See [Certificates](#certificates).",
	run:         bundlesTrust,
}

func bundlesTrust(ctx context.Context, r *runContext) error {
	i, err := r.cluster.Installation(ctx)
	if err = cmp.Or(err, i.ConfigurationsError); err != nil {
		return err
	}
	if len(i.Webhooks()) == 0 {
		return errNotApplicable
	}
	found, err := r.certificates(ctx, i)
	problems := judgeBundles(i.Webhooks(), found, r.now)
	if err != nil && len(problems) == 0 {
		return err
	}
	return joinLines(problems)
}

// judgeBundles says which webhooks do not trust which certificate. They are not to blame
// for one that has expired.
func judgeBundles(webhooks []cluster.Webhook, certificates []certificate, now time.Time) []string {
	var problems []string
	for _, w := range webhooks {
		trusted := certs.Certificates(w.Bundle)
		if len(w.Bundle) == 0 {
			problems = append(problems, fmt.Sprintf("webhook %s has no caBundle: nobody has written it yet", w.Name))
			continue
		}
		if len(trusted) == 0 {
			problems = append(problems, fmt.Sprintf("the caBundle of webhook %s holds no certificate", w.Name))
			continue
		}
		for _, c := range certificates {
			if err := c.verify(trusted, now); err != nil {
				problems = append(problems, fmt.Sprintf("the caBundle of webhook %s does not verify %s: %s", w.Name, c.name, err))
			}
		}
	}
	return problems
}

// verify returns why these do not trust the certificate, nil if they do, at the time of
// its life that is nearest to now.
func (c certificate) verify(trusted []*x509.Certificate, now time.Time) error {
	options := x509.VerifyOptions{
		Roots: pool(trusted), Intermediates: pool(c.intermediates), CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}
	switch {
	case now.After(c.NotAfter):
		options.CurrentTime = c.NotAfter
	case now.Before(c.NotBefore):
		options.CurrentTime = c.NotBefore
	}
	_, err := c.Verify(options)
	return err
}

func pool(certificates []*x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range certificates {
		pool.AddCert(c)
	}
	return pool
}
