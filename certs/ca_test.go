package certs

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
)

func TestReadCA(t *testing.T) {
	now := time.Now()
	tests := map[string]struct {
		template testca.Option
		damage   func(*corev1.Secret)
		found    bool
		err      string
	}{
		"a CA is found": {found: true},
		"a Secret without data holds no CA": {
			damage: func(s *corev1.Secret) { s.Data = nil },
		},
		"a truncated certificate is not a CA": {
			damage: func(s *corev1.Secret) { s.Data[corev1.TLSCertKey] = s.Data[corev1.TLSCertKey][:100] },
		},
		"a certificate without its key is not a CA": {
			damage: func(s *corev1.Secret) { delete(s.Data, corev1.TLSPrivateKeyKey) },
		},
		"a certificate with another one's key is not a CA": {
			damage: func(s *corev1.Secret) {
				s.Data[corev1.TLSPrivateKeyKey] = newCA(t).secret(t).Data[corev1.TLSPrivateKeyKey]
			},
		},
		"a CA that is not also under ca.crt does not count": {
			damage: func(s *corev1.Secret) { s.Data["ca.crt"] = newCA(t).secret(t).Data["ca.crt"] },
		},
		"a certificate that is not for a CA does not count": {
			template: func(c *x509.Certificate) { c.IsCA = false },
		},
		"a CA that is not allowed to sign cannot be used": {
			template: func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature },
			err:      "the API server would reject",
		},
		"a CA that is not valid yet cannot be used": {
			template: func(c *x509.Certificate) { c.NotBefore = now.Add(time.Minute) },
			err:      "the API server would reject",
		},
		"a CA for other names cannot be used": {
			template: func(c *x509.Certificate) {
				c.PermittedDNSDomainsCritical, c.PermittedDNSDomains = true, []string{"example.com"}
			},
			err: "the API server would reject",
		},
		"a CA for client certificates cannot be used": {
			template: func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} },
			err:      "the API server would reject",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var options []testca.Option
			if test.template != nil {
				options = append(options, test.template)
			}
			secret := newCA(t, options...).secret(t)
			if test.damage != nil {
				test.damage(secret)
			}
			ca, err := readCA(secret, parseHosts([]string{webhookHost, "127.0.0.1"}), now)
			if (ca != nil) != test.found {
				t.Errorf("found = %v, want %v", ca != nil, test.found)
			}
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("error = %v, want %q", err, test.err)
			}
		})
	}
}

func TestRenewalIsDue(t *testing.T) {
	ca := newCA(t, func(ca *x509.Certificate) { ca.NotAfter = ca.NotBefore.Add(90 * time.Minute) }).Certificate
	for name, test := range map[string]struct {
		age  time.Duration
		want bool
	}{
		"a third of its lifetime is left":           {age: 59 * time.Minute},
		"less than a third of its lifetime is left": {age: 61 * time.Minute, want: true},
		"it has expired":                            {age: 91 * time.Minute, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := renewalIsDue(ca, ca.NotBefore.Add(test.age)); got != test.want {
				t.Errorf("renewalIsDue() = %v, want %v", got, test.want)
			}
		})
	}
}
