package check

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/certs"
)

var certificateChecks = []Check{
	{
		ID: "ca-bundle", Category: injectorCategory, Severity: Error, Stage: Installed, Retry: true,
		Description: "the webhook configurations trust the injector's certificate",
		Means:       "The API server refuses to talk to the injector: the `caBundle` of a webhook is empty, or does not verify the certificate. It is held against the certificate in the injector's Secret, and against what an injector outside the cluster serves.",
		Do:          "With `self-managed`, the leader writes it within seconds; with cert-manager, its cainjector does. See [Certificates](#certificates).",
		run:         bundlesTrust,
	},
	{
		ID: "certificates", Category: injectorCategory, Severity: Error, Stage: Installed,
		Description: "the certificates are valid",
		Means:       "A certificate has expired, is not valid yet, or is for another name than the API server calls the injector by.",
		Do:          "See [Certificates](#certificates). `kubectl -n linkerd-gcm delete secret gcm-injector-ca` makes a self-managed CA anew; `cmctl renew` renews one of cert-manager.",
		run:         certificatesAreValid,
	},
	{
		ID: "certificate-lifetime", Category: injectorCategory, Severity: Warning, Stage: Installed,
		Description: "the certificates are renewed in time",
		Means:       "Less than a fifth of a certificate's life is left. All of them are to be renewed when a third is left, so renewal does not work. Self-managed serving certificates are in the injectors' memory alone; how long they have left is read from the injectors' metrics, with the permission to get `pods/proxy`.",
		Do:          "The injector's log, or `kubectl -n linkerd-gcm describe certificates`, says why.",
		run:         certificatesAreRenewed,
	},
	{
		ID: "cert-manager", Category: injectorCategory, Severity: Error, Stage: Installed, Retry: true,
		Description: "cert-manager's Certificates are ready",
		Means:       "cert-manager has not made, or not renewed, what the chart asked it for.",
		Do:          "`kubectl -n linkerd-gcm describe certificates,certificaterequests,issuers`",
		run:         certManagerIsReady,
	},
}

// certificate is one that the API server's trust in the injector hangs on.
type certificate struct {
	*x509.Certificate
	// of says where it is, in words.
	of string
	// intermediates stand between it and the CA.
	intermediates []*x509.Certificate
	// serving is set for one that the injector serves; others sign it.
	serving bool
}

// secretOf names the Secret that the certificates come from.
func (i installation) secretOf() (name string, serving bool) {
	if i.deployment != nil {
		for _, volume := range i.deployment.Spec.Template.Spec.Volumes {
			if volume.Name == "tls" && volume.Secret != nil {
				return volume.Secret.SecretName, true
			}
		}
	}
	return certs.DefaultSecretName, false
}

// certificates reads those of the Secret, and what the injector serves where it
// can be reached.
func (e *examination) certificates(ctx context.Context, i installation) (found []certificate, err error) {
	name, serving := i.secretOf()
	where := "Secret " + i.namespace + "/" + name
	secret := &corev1.Secret{}
	there, err := e.get(ctx, i.namespace, name, secret)
	chain := certs.Certificates(secret.Data[corev1.TLSCertKey])
	switch {
	case err != nil && !isForbidden(err):
		return nil, err
	case len(chain) > 0:
		found = append(found, certificate{chain[0], where, chain[1:], serving})
	case err == nil && !there && serving:
		return nil, fmt.Errorf("there is no %s with the injector's certificate", where)
	case err == nil && there:
		return nil, fmt.Errorf("%s holds no certificate under %s", where, corev1.TLSCertKey)
	}
	served, livingErr := e.served(ctx, i)
	if len(served) > 0 {
		found = append(found, certificate{served[0], "what the injector serves", served[1:], true})
	}
	if len(found) > 0 {
		return found, nil
	}
	if err == nil {
		err = livingErr
	}
	if err == nil {
		return nil, fmt.Errorf("there is no %s, which the injectors make as they start: see kubectl -n %s logs deployment/%s", where, i.namespace, deploymentName)
	}
	return nil, err
}

// hosts are the names by which the API server calls the injector.
func (i installation) hosts() []string {
	var names []string
	for _, w := range i.webhooks() {
		host := deploymentName + "." + w.service + ".svc"
		if address, err := url.Parse(w.url); err == nil && w.url != "" {
			host = address.Hostname()
		}
		names = append(names, host)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func bundlesTrust(ctx context.Context, e *examination) error {
	i, err := e.installation(ctx)
	if err = cmp.Or(err, i.unread); err != nil {
		return err
	}
	if len(i.webhooks()) == 0 {
		return errNotApplicable
	}
	found, err := e.certificates(ctx, i)
	problems := judgeBundles(i.webhooks(), found, e.now)
	if err != nil && len(problems) == 0 {
		return err
	}
	return all(problems)
}

// judgeBundles says which webhooks do not trust which certificate. That one has
// expired is not their fault.
func judgeBundles(webhooks []endpoint, certificates []certificate, now time.Time) []string {
	var problems []string
	for _, w := range webhooks {
		trusted := certs.Certificates(w.bundle)
		if len(w.bundle) == 0 {
			problems = append(problems, fmt.Sprintf("webhook %s has no caBundle: nobody has written it yet", w.name))
			continue
		}
		if len(trusted) == 0 {
			problems = append(problems, fmt.Sprintf("the caBundle of webhook %s holds no certificate", w.name))
			continue
		}
		for _, c := range certificates {
			if err := c.verify(trusted, now); err != nil {
				problems = append(problems, fmt.Sprintf("the caBundle of webhook %s does not verify the certificate of %s: %s", w.name, c.of, err))
			}
		}
	}
	return problems
}

// verify tells whether the certificate is one that these trust, at the moment of its life that is nearest to now.
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

func certificatesAreValid(ctx context.Context, e *examination) error {
	i, err := e.installation(ctx)
	if err != nil {
		return err
	}
	if len(i.webhooks()) == 0 {
		return errNotApplicable
	}
	found, err := e.certificates(ctx, i)
	if err != nil {
		return errNotApplicable // the check of the caBundles says so
	}
	var problems []string
	for _, c := range found {
		problems = append(problems, c.judge(i.hosts(), e.now)...)
	}
	return all(problems)
}

// judge says what is wrong with a certificate by itself.
func (c certificate) judge(hosts []string, now time.Time) []string {
	var problems []string
	switch {
	case now.After(c.NotAfter):
		problems = append(problems, fmt.Sprintf("the certificate of %s has expired at %s", c.of, c.NotAfter.Format(time.RFC3339)))
	case now.Before(c.NotBefore):
		problems = append(problems, fmt.Sprintf("the certificate of %s is not valid before %s", c.of, c.NotBefore.Format(time.RFC3339)))
	}
	for _, host := range hosts {
		if c.serving && c.VerifyHostname(host) != nil {
			problems = append(problems, fmt.Sprintf("the certificate of %s is for %s, and the API server calls the injector %s",
				c.of, strings.Join(c.DNSNames, ", "), host))
		}
	}
	return problems
}

func certificatesAreRenewed(ctx context.Context, e *examination) error {
	i, err := e.installation(ctx)
	if err != nil {
		return err
	}
	if len(i.webhooks()) == 0 {
		return errNotApplicable
	}
	found, err := e.certificates(ctx, i)
	if err != nil {
		return errNotApplicable // the check of the caBundles says so
	}
	var problems []string
	for _, c := range found {
		problems = append(problems, c.judgeAge(e.now)...)
	}
	inMemory, err := e.inMemory(ctx, i)
	if err != nil {
		return err
	}
	return all(append(problems, inMemory...))
}

// metricsPort is where the injectors that the chart makes serve their metrics.
const metricsPort = 9990

// inMemory judges the certificates that the injectors have made for themselves, and
// that are nowhere but in their memory, as far as their metrics may be read.
func (e *examination) inMemory(ctx context.Context, i installation) ([]string, error) {
	if _, serving := i.secretOf(); serving || i.deployment == nil {
		return nil, nil
	}
	var pods corev1.PodList
	if err := e.list(ctx, &pods, "pods", client.InNamespace(i.namespace), client.MatchingLabels(i.deployment.Spec.Selector.MatchLabels), client.Limit(page)); err != nil {
		return nil, err
	}
	life := certs.DefaultLeafLifetime
	if given, err := time.ParseDuration(i.flag("--certificate-lifetime")); err == nil {
		life = given
	}
	var problems []string
	for _, pod := range pods.Items {
		expiry := e.metrics(ctx, &pod, metricsPort).sum("gcm_injector_serving_certificate_expiry_timestamp_seconds")
		if expiry > 0 {
			left := time.Unix(int64(expiry), 0).Sub(e.now)
			problems = append(problems, judgeLife("pod "+pod.Namespace+"/"+pod.Name, left, life)...)
		}
	}
	return problems, nil
}

// leastLife is the part of its life that every certificate should have left:
// all are to be renewed when a third is left.
const leastLife = 0.2

// judgeAge says whether a certificate should have been renewed by now. One that
// has expired is judged elsewhere.
func (c certificate) judgeAge(now time.Time) []string {
	life, left := c.NotAfter.Sub(c.NotBefore), c.NotAfter.Sub(now)
	if left <= 0 {
		return nil
	}
	return judgeLife(c.of, left, life)
}

func judgeLife(of string, left, life time.Duration) []string {
	switch {
	case left <= 0:
		return []string{fmt.Sprintf("the certificate of %s has expired: its renewal has failed", of)}
	case left.Seconds() < leastLife*life.Seconds():
		return []string{fmt.Sprintf("the certificate of %s has only %s left of %s: its renewal has failed",
			of, left.Round(time.Minute), life.Round(time.Minute))}
	}
	return nil
}

func certManagerIsReady(ctx context.Context, e *examination) error {
	i, err := e.installation(ctx)
	if err != nil {
		return err
	}
	var list certmanager.CertificateList
	err = e.list(ctx, &list, "certificates.cert-manager.io", client.InNamespace(i.namespace),
		client.MatchingLabels{extensionLabel: "gcm"}, client.Limit(page))
	wanted := i.fromCertManager()
	switch {
	case !wanted && (err != nil || len(list.Items) == 0):
		return errNotApplicable // cert-manager has no part in it
	case err != nil:
		return err
	case len(list.Items) == 0:
		return lasting{fmt.Errorf("the webhook configurations expect cert-manager's CA, but namespace %s has no Certificate: run linkerd gcm install --set certificates=cert-manager | kubectl apply --server-side -f -", i.namespace)}
	}
	return all(judgeCertificates(list.Items))
}

// fromCertManager reports whether cainjector is asked to write the caBundles.
func (i installation) fromCertManager() bool {
	return i.mutating != nil && i.mutating.Annotations["cert-manager.io/inject-ca-from"] != ""
}

// judgeCertificates says which of cert-manager's Certificates are not ready.
func judgeCertificates(certificates []certmanager.Certificate) []string {
	var problems []string
	for _, c := range certificates {
		reason := "cert-manager has not looked at it: does it run?"
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
