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
)

// fieldOwner is how the injector signs its writes in metadata.managedFields.
const fieldOwner = client.FieldOwner("gcm-injector")

// waitForCA is how soon to look again when the Secret holds no CA. The message that it holds one comes sooner.
const waitForCA = 5 * time.Second

// keeper keeps the CA in the caBundles. It runs in the elected leader only, and reads what it is about to judge live:
// that is rare, and a cache that lags behind the last write would have it write again.
type keeper struct {
	options SelfManagedOptions
	hosts   hosts
	reader  client.Reader
	writer  client.Writer
	roster  *roster
	repairs *prometheus.CounterVec

	// current is the CA of the last look at the Secret.
	current *x509.Certificate
	// right remembers which CAs each webhook configuration was left with, so that it shows when one went missing. The
	// key is the UID: a new object is not a damaged one.
	right map[types.UID][]fingerprint
	// absent holds the configurations already reported as missing.
	absent map[string]bool
}

// Reconcile makes the caBundles right. There is only one thing to reconcile, so the request says nothing.
func (k *keeper) Reconcile(ctx context.Context, _ reconcile.Request) (reconcile.Result, error) {
	current, err := k.readCA(ctx)
	if err != nil {
		return reconcile.Result{}, err
	}
	if current == nil {
		return reconcile.Result{RequeueAfter: waitForCA}, nil
	}
	k.noteCA(ctx, current)

	configurations, found, err := k.readConfigurations(ctx)
	errs := []error{err}
	now := time.Now()
	wanted, next := k.roster.update(current, found, now)
	for _, c := range configurations {
		errs = append(errs, k.write(ctx, c, wanted))
	}
	var result reconcile.Result
	if !next.IsZero() {
		result.RequeueAfter = next.Sub(now) + time.Millisecond
	}
	return result, errors.Join(errs...)
}

// existing is a webhook configuration as it was read.
type existing struct {
	configuration
	object client.Object
}

// readConfigurations returns the webhook configurations that exist, and all certificates in their caBundles. An error
// about one of them doesn't keep the others from being returned.
func (k *keeper) readConfigurations(ctx context.Context) ([]existing, []*x509.Certificate, error) {
	var configurations []existing
	var found []*x509.Certificate
	var errs []error
	for _, c := range k.options.configurations() {
		object, err := c.read(ctx, k.reader)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		k.noteAbsence(ctx, c, object == nil)
		if object == nil {
			continue
		}
		configurations = append(configurations, existing{configuration: c, object: object})
		for _, bundle := range caBundles(object) {
			certificates, _ := decodeBundle(bundle)
			found = append(found, certificates...)
		}
	}
	return configurations, found, errors.Join(errs...)
}

// readCA returns the CA of the Secret, or nil as long as there is none. A CA that cannot be used is taken out of the
// Secret, which makes cert-manager's authority replace it.
func (k *keeper) readCA(ctx context.Context) (*x509.Certificate, error) {
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: k.options.Namespace, Name: k.options.SecretName}
	if err := k.reader.Get(ctx, key, secret); apierrors.IsNotFound(err) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("reading the CA from Secret %s: %w", key, err)
	}
	ca, unusable := readCA(secret, k.hosts, time.Now())
	if unusable == nil {
		return ca, nil
	}
	log.FromContext(ctx).Info("the CA in the Secret cannot be used and is replaced by a new one", "secret", key.String(), "reason", unusable.Error())
	for name := range secret.Data {
		secret.Data[name] = nil
	}
	if err := k.writer.Update(ctx, secret, fieldOwner); err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("taking the unusable CA out of Secret %s: %w", key, err)
	}
	return nil, nil
}

// noteCA counts and logs a change of the CA.
func (k *keeper) noteCA(ctx context.Context, current *x509.Certificate) {
	previous := k.current
	k.current = current
	if previous == nil || previous.Equal(current) {
		return
	}
	reason := "its time had come"
	if !renewalIsDue(previous, time.Now()) {
		reason = "the Secret was deleted or damaged, or given another CA"
		k.repairs.WithLabelValues(repairedSecret).Inc()
	}
	log.FromContext(ctx).Info("the CA was replaced; the old one stays in the caBundles for now", "reason", reason, "expires", current.NotAfter)
}

// noteAbsence logs once that a webhook configuration doesn't exist, and once that it does again.
func (k *keeper) noteAbsence(ctx context.Context, c configuration, absent bool) {
	if k.absent[c.String()] == absent {
		return
	}
	k.absent[c.String()] = absent
	if absent {
		log.FromContext(ctx).Info("waiting for a webhook configuration that does not exist", "configuration", c.String())
	} else {
		log.FromContext(ctx).Info("the webhook configuration exists now", "configuration", c.String())
	}
}

// write puts the wanted CAs into each caBundle that doesn't hold exactly them.
func (k *keeper) write(ctx context.Context, c existing, wanted []*x509.Certificate) error {
	var indices []int
	damaged := false
	for index, bundle := range caBundles(c.object) {
		diff := compareBundle(bundle, wanted)
		if diff.empty() {
			continue
		}
		indices = append(indices, index)
		damaged = damaged || slices.ContainsFunc(diff.missing, func(print fingerprint) bool {
			return slices.Contains(k.right[c.object.GetUID()], print)
		})
	}
	if len(indices) > 0 {
		patch, err := bundlePatch(c.object, indices, encodeBundle(wanted))
		if err != nil {
			return err
		}
		err = k.writer.Patch(ctx, c.object, patch, fieldOwner)
		switch {
		case apierrors.IsNotFound(err): // Deleted since it was read.
			return nil
		case err != nil:
			return fmt.Errorf("writing the caBundle of %s: %w", c, err)
		}
		if damaged {
			k.repairs.WithLabelValues(c.repaired).Inc()
		}
		log.FromContext(ctx).Info("wrote the caBundle", "configuration", c.String(), "certificates", len(wanted), "repair", damaged)
	}
	prints := make([]fingerprint, 0, len(wanted))
	for _, certificate := range wanted {
		prints = append(prints, fingerprintOf(certificate))
	}
	k.right[c.object.GetUID()] = prints
	return nil
}
