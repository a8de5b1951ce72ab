package check

import (
	"context"
	"crypto/x509"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/linkerd-gcm/linkerd-gcm/certs"
	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

// certificate is one on which the API server's trust in the injector depends.
type certificate struct {
	*x509.Certificate
	// name says which one it is, and begins a message.
	name string
	// intermediates stand between it and the CA.
	intermediates []*x509.Certificate
	// serving is set for one that the injector serves; others sign it.
	serving bool
}

// secretOf names the Secret that the certificates come from.
func secretOf(i cluster.Installation) (name string, serving bool) {
	if i.Deployment != nil {
		for _, volume := range i.Deployment.Spec.Template.Spec.Volumes {
			if volume.Name == "tls" && volume.Secret != nil {
				return volume.Secret.SecretName, true
			}
		}
	}
	return names.CASecret, false
}

// installedCertificates reads the installation and its certificates for checks that are
// not applicable where there are none: the check of the caBundles says so.
func (r *runContext) installedCertificates(ctx context.Context) ([]certificate, cluster.Installation, error) {
	i, err := r.cluster.Installation(ctx)
	if err != nil {
		return nil, i, err
	}
	if len(i.Webhooks()) == 0 {
		return nil, i, errNotApplicable
	}
	found, err := r.certificates(ctx, i)
	if err != nil {
		return nil, i, errNotApplicable
	}
	return found, i, nil
}

// certificates reads those of the Secret, and what the injector serves where it can be
// reached.
func (r *runContext) certificates(ctx context.Context, i cluster.Installation) (found []certificate, err error) {
	name, serving := secretOf(i)
	where := "Secret " + i.Namespace + "/" + name
	secret, err := r.cluster.Secret(ctx, i.Namespace, name)
	if err != nil && !apierrors.IsForbidden(err) {
		return nil, err
	}
	switch {
	case secret != nil:
		chain := certs.Certificates(secret.Data[corev1.TLSCertKey])
		if len(chain) == 0 {
			return nil, fmt.Errorf("%s holds no certificate under %s", where, corev1.TLSCertKey)
		}
		found = append(found, certificate{chain[0], "the certificate in " + where, chain[1:], serving})
	case err == nil && serving:
		return nil, fmt.Errorf("there is no %s with the injector's certificate", where)
	}
	served, servedErr := r.cluster.ServedCertificates(ctx, i)
	if len(served) > 0 {
		found = append(found, certificate{served[0], "the certificate that the injector serves", served[1:], true})
	}
	switch {
	case len(found) > 0:
		return found, nil
	case err != nil:
		return nil, err
	case servedErr != nil:
		return nil, servedErr
	}
	return nil, fmt.Errorf("there is no %s, which the injectors create when they start: see kubectl -n %s logs deployment/%s", where, i.Namespace, names.Injector)
}
