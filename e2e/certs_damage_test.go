package e2e

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	runtimeclient "sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
)

// TestCertsRepairTheSecret damages the Secret in every way while pods are admitted. No
// admission may fail.
func TestCertsRepairTheSecret(t *testing.T) {
	t.Parallel()
	i := installCerts(t, time.Hour, time.Minute)
	i.createConfigurations(nil)
	replicas := []*certsReplica{i.startReplica("first", i.selfManaged()), i.startReplica("second", i.selfManaged())}
	i.await("both replicas ready", func() error { return errors.Join(replicas[0].ready(), replicas[1].ready()) })
	admissions := i.startAdmissions()

	truncate := func(key string) func(*corev1.Secret) {
		return func(s *corev1.Secret) { s.Data[key] = s.Data[key][:len(s.Data[key])/2] }
	}
	replace := func(options ...testca.Option) func(*corev1.Secret) {
		return func(s *corev1.Secret) { s.Data = testca.New(t, options...).CASecretData(t) }
	}
	for _, damage := range []struct {
		name  string
		apply func(*corev1.Secret) // nil deletes the Secret
		stays bool                 // The CA that is in the Secret now can be used and stays.
	}{
		{name: "deleted"},
		{name: "emptied", apply: func(s *corev1.Secret) { s.Data = nil }},
		{name: "key removed", apply: func(s *corev1.Secret) { delete(s.Data, corev1.TLSPrivateKeyKey) }},
		{name: "certificate truncated", apply: truncate(corev1.TLSCertKey)},
		{name: "key truncated", apply: truncate(corev1.TLSPrivateKeyKey)},
		{name: "certificate replaced by other bytes", apply: func(s *corev1.Secret) { s.Data[corev1.TLSCertKey] = []byte("garbage") }},
		{name: "key of another CA", apply: func(s *corev1.Secret) { s.Data[corev1.TLSPrivateKeyKey] = testca.New(t).KeyPEM(t) }},
		{name: "replaced by another CA", apply: replace(), stays: true},
		{name: "replaced by a CA that is not allowed to sign", apply: replace(func(ca *x509.Certificate) { ca.KeyUsage = x509.KeyUsageDigitalSignature })},
		{name: "replaced by a CA that is not valid yet", apply: replace(func(ca *x509.Certificate) { ca.NotBefore = time.Now().Add(time.Hour) })},
		{name: "replaced by an expired CA", apply: replace(func(ca *x509.Certificate) { ca.NotAfter = time.Now().Add(-time.Second) })},
		{name: "deleted again"},
	} {
		before := i.mustReadCA()
		repairs := replicas[0].repairs(t) + replicas[1].repairs(t)
		damaged := i.damageSecret(damage.apply)
		var repaired *x509.Certificate
		i.await(damage.name+": repaired", func() (err error) {
			repaired, err = i.readCA()
			if err == nil && (repaired.Equal(before) || !damage.stays && damaged != nil && repaired.Equal(damaged)) {
				err = errors.New("still the old CA")
			}
			return err
		})
		i.awaitTrust(repaired)
		i.await(damage.name+": both replicas serve certificates of the new CA", func() error {
			return errors.Join(replicas[0].servesCertificateOf(repaired), replicas[1].servesCertificateOf(repaired))
		})
		if got := replicas[0].repairs(t) + replicas[1].repairs(t) - repairs; got != 1 {
			t.Errorf("%s: %v repairs counted, want 1", damage.name, got)
		}
	}
	admissions.check(t)
	i.requests.check(t)
}

func TestCertsRepairTheCABundles(t *testing.T) {
	t.Parallel()
	i := installCerts(t, 10*time.Hour, time.Hour)
	i.createConfigurations(nil)
	replica := i.startReplica("replica", i.selfManaged())
	i.await("ready", replica.ready)
	ca := i.mustReadCA()
	foreign := testca.New(t).CertificatePEM()

	for _, damage := range []struct {
		name   string
		object runtimeclient.Object
		bundle []byte
	}{
		{"mutating: emptied by applying the manifest again", &admissionv1.MutatingWebhookConfiguration{}, nil},
		{"validating: emptied by applying the manifest again", &admissionv1.ValidatingWebhookConfiguration{}, nil},
		{"mutating: replaced", &admissionv1.MutatingWebhookConfiguration{}, foreign},
		{"validating: replaced by other bytes", &admissionv1.ValidatingWebhookConfiguration{}, []byte("garbage")},
	} {
		repairs := replica.repairs(t)
		i.setCABundle(damage.object, damage.bundle)
		i.awaitTrust(ca)
		i.await(damage.name+": admitted", func() error { return i.createDryRunPod(t.Context()) })
		if got := replica.repairs(t) - repairs; got != 1 {
			t.Errorf("%s: %v repairs counted, want 1", damage.name, got)
		}
	}
	i.await("ready", replica.ready)
	i.requests.check(t)
}

// damageSecret changes the Secret of the CA, or deletes it, and returns the certificate
// that is in it then.
func (i *certsInstallation) damageSecret(apply func(*corev1.Secret)) (damaged *x509.Certificate) {
	i.t.Helper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: i.name, Name: names.CASecret}}
	if apply == nil {
		if err := i.admin.Delete(i.t.Context(), secret); err != nil {
			i.t.Fatal(err)
		}
		return nil
	}
	if err := i.admin.Get(i.t.Context(), runtimeclient.ObjectKeyFromObject(secret), secret); err != nil {
		i.t.Fatal(err)
	}
	apply(secret)
	damaged, _ = parseCertificate(secret.Data[corev1.TLSCertKey])
	if err := i.admin.Update(i.t.Context(), secret); err != nil {
		i.t.Fatal(err)
	}
	return damaged
}

// setCABundle overwrites the caBundle of a configuration, as applying a manifest with
// another one would.
func (i *certsInstallation) setCABundle(object runtimeclient.Object, bundle []byte) {
	i.t.Helper()
	patch := `[{"op": "remove", "path": "/webhooks/0/clientConfig/caBundle"}]`
	if bundle != nil {
		patch = fmt.Sprintf(`[{"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": %q}]`, base64.StdEncoding.EncodeToString(bundle))
	}
	object.SetName(i.name)
	if err := i.admin.Patch(i.t.Context(), object, runtimeclient.RawPatch(types.JSONPatchType, []byte(patch))); err != nil {
		i.t.Fatal(err)
	}
}
