package check

import (
	"context"
	"fmt"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
)

var certManagerCheck = Check{
	ID: "cert-manager", Category: injectorCategory, Severity: Error, Stage: Installed, Retry: true,
	Description: "cert-manager's Certificates are ready",
	Means:       "cert-manager has not created, or not renewed, the certificates that the chart asks for.",
	Do:          "`kubectl -n linkerd-gcm describe certificates,certificaterequests,issuers`",
	run:         certManagerIsReady,
}

func certManagerIsReady(ctx context.Context, r *runContext) error {
	i, err := r.cluster.Installation(ctx)
	if err != nil {
		return err
	}
	found, err := r.cluster.Certificates(ctx, i.Namespace)
	switch {
	case !usesCertManager(i) && (err != nil || len(found) == 0):
		return errNotApplicable
	case err != nil:
		return err
	case len(found) == 0:
		return permanentError{fmt.Errorf("the webhook configurations expect cert-manager's CA, but namespace %s has no Certificate: install cert-manager if it is missing, and run %s", i.Namespace, i.Way().Repair())}
	}
	return joinLines(judgeCertificates(found))
}

// usesCertManager reports whether cert-manager's cainjector is asked to write the
// caBundles.
func usesCertManager(i cluster.Installation) bool {
	return i.Mutating != nil && i.Mutating.Annotations["cert-manager.io/inject-ca-from"] != ""
}

// judgeCertificates says which of cert-manager's Certificates are not ready.
func judgeCertificates(certificates []certmanager.Certificate) []string {
	var problems []string
	for _, c := range certificates {
		reason := "cert-manager has not processed it: is cert-manager running?"
		ready := false
		for _, condition := range c.Status.Conditions {
			if condition.Type == certmanager.CertificateConditionReady {
				ready, reason = condition.Status == cmmeta.ConditionTrue, condition.Message
			}
		}
		if !ready {
			problems = append(problems, fmt.Sprintf("Certificate %s/%s is not ready: %s", c.Namespace, c.Name, reason))
		}
	}
	return problems
}
