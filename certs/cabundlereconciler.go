package certs

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

// fieldOwner is the injector's name in metadata.managedFields.
const fieldOwner = client.FieldOwner(names.Injector)

// missingCARetry is how soon to look again if the Secret holds no CA. Usually, the
// message that it holds one comes sooner.
const missingCARetry = 5 * time.Second

// caBundleReconciler keeps the CA in the caBundles. It runs in the elected leader only.
// It reads live: reads are rare, and with a cache that is older than the last write it
// would write again.
type caBundleReconciler struct {
	options SelfManagedOptions
	hosts   hosts
	reader  client.Reader
	writer  client.Writer
	cas     *caSet
	repairs *prometheus.CounterVec

	// current is the CA that was last read from the Secret.
	current *x509.Certificate
	// lastWritten holds the CAs that were last in each webhook configuration, to notice
	// if one of them is removed. The key is the UID: a new object is not a damaged one.
	lastWritten map[types.UID][]fingerprint
	// missing holds the configurations that were already reported as missing.
	missing map[string]bool
}

// Reconcile brings all caBundles up to date. There is only one thing to reconcile, so the
// request is empty.
func (r *caBundleReconciler) Reconcile(ctx context.Context, _ reconcile.Request) (reconcile.Result, error) {
	current, err := r.readCA(ctx)
	if err != nil {
		return reconcile.Result{}, err
	}
	if current == nil {
		return reconcile.Result{RequeueAfter: missingCARetry}, nil
	}
	r.recordCA(ctx, current)

	configurations, found, err := r.readConfigurations(ctx)
	errs := []error{err}
	now := time.Now()
	wanted, next := r.cas.update(current, found, now)
	for _, c := range configurations {
		errs = append(errs, r.update(ctx, c, wanted))
	}
	var result reconcile.Result
	if !next.IsZero() {
		result.RequeueAfter = next.Sub(now) + time.Millisecond
	}
	return result, errors.Join(errs...)
}

// readCA returns the CA of the Secret, or nil as long as there is none. It removes a CA
// that cannot be used from the Secret, so that cert-manager's authority makes a new one.
func (r *caBundleReconciler) readCA(ctx context.Context) (*x509.Certificate, error) {
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: r.options.Namespace, Name: r.options.SecretName}
	if err := r.reader.Get(ctx, key, secret); apierrors.IsNotFound(err) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("reading the CA from Secret %s: %w", key, err)
	}
	ca, unusable := readCA(secret, r.hosts, time.Now())
	if unusable == nil {
		return ca, nil
	}
	log.FromContext(ctx).Info("the CA in the Secret cannot be used and is replaced by a new one",
		"secret", key.String(), "reason", unusable.Error())
	for name := range secret.Data {
		secret.Data[name] = nil
	}
	if err := r.writer.Update(ctx, secret, fieldOwner); err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("removing the unusable CA from Secret %s: %w", key, err)
	}
	return nil, nil
}

// recordCA counts and logs a change of the CA.
func (r *caBundleReconciler) recordCA(ctx context.Context, current *x509.Certificate) {
	previous := r.current
	r.current = current
	if previous == nil || previous.Equal(current) {
		return
	}
	reason := "it was due for renewal"
	if !renewalIsDue(previous, time.Now()) {
		reason = "the Secret was deleted or damaged, or somebody put another CA into it"
		r.repairs.WithLabelValues(repairedSecret).Inc()
	}
	log.FromContext(ctx).Info("the CA was replaced; the old one stays in the caBundles for now", "reason", reason, "expires", current.NotAfter)
}

// observedConfiguration is a webhook configuration with the object that was read.
type observedConfiguration struct {
	webhookConfiguration
	object client.Object
}

// readConfigurations returns the webhook configurations that exist, and all certificates
// in their caBundles. If one of them cannot be read, it returns the others and an error.
func (r *caBundleReconciler) readConfigurations(ctx context.Context) ([]observedConfiguration, []*x509.Certificate, error) {
	var configurations []observedConfiguration
	var found []*x509.Certificate
	var errs []error
	for _, c := range r.options.webhookConfigurations() {
		object, err := c.read(ctx, r.reader)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		r.recordMissing(ctx, c, object == nil)
		if object == nil {
			continue
		}
		configurations = append(configurations, observedConfiguration{webhookConfiguration: c, object: object})
		for _, bundle := range caBundles(object) {
			found = append(found, Certificates(bundle)...)
		}
	}
	return configurations, found, errors.Join(errs...)
}

// recordMissing logs once that a webhook configuration does not exist, and once that it
// exists again.
func (r *caBundleReconciler) recordMissing(ctx context.Context, c webhookConfiguration, missing bool) {
	if r.missing[c.String()] == missing {
		return
	}
	r.missing[c.String()] = missing
	if missing {
		log.FromContext(ctx).Info("waiting for a webhook configuration that does not exist", "configuration", c.String())
	} else {
		log.FromContext(ctx).Info("the webhook configuration exists now", "configuration", c.String())
	}
}

// update writes the wanted CAs into each caBundle that does not hold exactly them.
func (r *caBundleReconciler) update(ctx context.Context, c observedConfiguration, wanted []*x509.Certificate) error {
	lastWritten := r.lastWritten[c.object.GetUID()]
	var indices []int
	damaged := false
	for index, bundle := range caBundles(c.object) {
		diff := compareBundle(bundle, wanted)
		if diff.empty() {
			continue
		}
		indices = append(indices, index)
		damaged = damaged || slices.ContainsFunc(diff.missing, func(id fingerprint) bool {
			return slices.Contains(lastWritten, id)
		})
	}
	if len(indices) > 0 {
		written, err := r.patch(ctx, c, indices, wanted)
		if err != nil || !written {
			return err
		}
		if damaged {
			r.repairs.WithLabelValues(c.repaired).Inc()
		}
		log.FromContext(ctx).Info("wrote the caBundle", "configuration", c.String(), "certificates", len(wanted), "repair", damaged)
	}
	ids := make([]fingerprint, 0, len(wanted))
	for _, certificate := range wanted {
		ids = append(ids, fingerprintOf(certificate))
	}
	r.lastWritten[c.object.GetUID()] = ids
	return nil
}

// patch writes the caBundle of the webhooks with these indices. It reports false if the
// configuration was deleted after it was read.
func (r *caBundleReconciler) patch(
	ctx context.Context, c observedConfiguration, indices []int, wanted []*x509.Certificate,
) (written bool, err error) {
	patch, err := bundlePatch(c.object, indices, encodeBundle(wanted))
	if err != nil {
		return false, err
	}
	err = r.writer.Patch(ctx, c.object, patch, fieldOwner)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("writing the caBundle of %s: %w", c, err)
	}
	return true, nil
}
