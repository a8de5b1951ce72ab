package check

import (
	"crypto/x509"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

// signed creates a CA, and signs a serving certificate that is valid from and until the
// given times from now. It returns both in PEM.
func signed(t *testing.T, from, until time.Duration) (ca, leaf []byte) {
	t.Helper()
	now := time.Now()
	// Golden files hold the name.
	named := func(template *x509.Certificate) { template.Subject.CommonName = "a CA" }
	authority := testca.New(t, named, testca.Valid(now.Add(-10000*time.Hour), now.Add(10000*time.Hour)))
	issued := authority.Issue(t, "gcm-injector.linkerd-gcm.svc", testca.Valid(now.Add(from), now.Add(until)))
	return authority.CertificatePEM(), issued.CertificatePEM()
}

// provide installs linkerd-gcm with a certificate of the user, which no injector serves.
func provide(s stage, ca, leaf []byte) {
	s.Helper()
	s.create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: manifests.DefaultNamespace, Name: "mine"},
		Type:       corev1.SecretTypeTLS, Data: map[string][]byte{corev1.TLSCertKey: leaf, corev1.TLSPrivateKeyKey: {}},
	})
	s.Cleanup(func() {
		s.remove(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: manifests.DefaultNamespace, Name: "mine"}})
	})
	stopInjector(s)
	values := map[string]any{"sidecarImage": image, "certificates": "provided", "providedCertificate": map[string]any{
		"secretName": "mine", "caBundle": string(ca),
	}}
	s.apply(manifests.Options{Version: "dev", Values: values}, "kind: Deployment")
	s.apply(manifests.Options{Version: "dev", Values: values}, "WebhookConfiguration")
	s.awaitInjectors()
}

// stopInjector stops the injector until the test is over: it would repair what the test
// damages.
func stopInjector(s stage) {
	gcm.Stop()
	s.Cleanup(func() {
		if err := gcm.Restart(s.afterwards()); err != nil {
			s.Error(err)
		}
	})
}

// provided is a state with a certificate whose validity begins and ends at these times
// from now.
func provided(from, until time.Duration) func(s stage) {
	return func(s stage) {
		ca, leaf := signed(s.T, from, until)
		provide(s, ca, leaf)
	}
}

func otherCA(s stage) {
	ca, _ := signed(s.T, -time.Hour, time.Hour)
	_, leaf := signed(s.T, -time.Hour, time.Hour)
	provide(s, ca, leaf)
}

func withoutCABundle(s stage) {
	stopInjector(s)
	change(s, "", "linkerd-gcm-webhook-config", &admissionv1.MutatingWebhookConfiguration{}, func(c *admissionv1.MutatingWebhookConfiguration) {
		c.Webhooks[0].ClientConfig.CABundle = nil
	})
}

// certManager returns a client that knows cert-manager's kinds, which are those of its
// own definitions.
func certManager(t *testing.T) client.Client {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "-C", "../..", "mod", "download", "-json", "github.com/cert-manager/cert-manager").Output()
	if err != nil {
		t.Fatal(err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"certificates", "issuers"} {
		text, err := os.ReadFile(filepath.Join(module.Dir, "deploy", "crds", "cert-manager.io_"+kind+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := kubernetes.ApplyYAML(t.Context(), string(text)); err != nil {
			t.Fatal(err)
		}
	}
	scheme := runtime.NewScheme()
	if err := certmanager.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	typed, err := client.New(kubernetes.Config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	return typed
}

// withCertManager installs linkerd-gcm with cert-manager's certificates, as cert-manager
// and its cainjector would leave them before the issuer was lost.
func withCertManager(s stage) {
	typed := certManager(s.T)
	s.await("cert-manager's kinds", func() error { return typed.List(s.Context(), &certmanager.CertificateList{}) })
	ca, leaf := signed(s.T, -time.Hour, time.Hour)
	stopInjector(s)
	options := manifests.Options{Version: "dev", Values: map[string]any{"sidecarImage": image, "certificates": "cert-manager"}}
	for _, with := range []string{"apiVersion: cert-manager.io", "kind: Deployment", "WebhookConfiguration"} {
		s.apply(options, with)
	}
	s.Cleanup(func() {
		for _, name := range []string{"gcm-injector-tls", "gcm-injector-issuer"} {
			meta := metav1.ObjectMeta{Namespace: manifests.DefaultNamespace, Name: name}
			s.remove(&corev1.Secret{ObjectMeta: meta})
			if err := typed.Delete(s.afterwards(), &certmanager.Certificate{ObjectMeta: meta}); err != nil {
				s.Error(err)
			}
		}
	})
	s.awaitInjectors()
	s.create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: manifests.DefaultNamespace, Name: "gcm-injector-tls"},
		Type:       corev1.SecretTypeTLS, Data: map[string][]byte{corev1.TLSCertKey: leaf, corev1.TLSPrivateKeyKey: {}},
	})
	change(s, "", "linkerd-gcm-webhook-config", &admissionv1.MutatingWebhookConfiguration{}, func(c *admissionv1.MutatingWebhookConfiguration) {
		c.Webhooks[0].ClientConfig.CABundle = ca
	})
	change(s, "", "linkerd-gcm-validator-webhook-config", &admissionv1.ValidatingWebhookConfiguration{}, func(c *admissionv1.ValidatingWebhookConfiguration) {
		for i := range c.Webhooks {
			c.Webhooks[i].ClientConfig.CABundle = ca
		}
	})
	for name, condition := range map[string]certmanager.CertificateCondition{
		"gcm-injector-issuer": {Type: certmanager.CertificateConditionReady, Status: cmmeta.ConditionTrue, Reason: "Ready", Message: "Certificate is up to date"},
		"gcm-injector-tls":    {Type: certmanager.CertificateConditionReady, Status: cmmeta.ConditionFalse, Reason: "Expired", Message: "Issuer gcm-injector is not ready"},
	} {
		certificate := &certmanager.Certificate{}
		if err := typed.Get(s.Context(), client.ObjectKey{Namespace: manifests.DefaultNamespace, Name: name}, certificate); err != nil {
			s.Fatal(err)
		}
		certificate.Status.Conditions = []certmanager.CertificateCondition{condition}
		if err := typed.Status().Update(s.Context(), certificate); err != nil {
			s.Fatal(err)
		}
	}
}
