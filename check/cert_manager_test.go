package check

import (
	"testing"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestJudgeCertificates(t *testing.T) {
	of := func(conditions ...certmanager.CertificateCondition) certmanager.Certificate {
		return certmanager.Certificate{
			ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-gcm", Name: "c"}, Status: certmanager.CertificateStatus{Conditions: conditions},
		}
	}
	issuing := certmanager.CertificateCondition{Type: certmanager.CertificateConditionIssuing, Status: cmmeta.ConditionTrue}
	for want, c := range map[string]certmanager.Certificate{
		"":                                  of(issuing, certmanager.CertificateCondition{Type: certmanager.CertificateConditionReady, Status: cmmeta.ConditionTrue}),
		"not ready: no issuer":              of(certmanager.CertificateCondition{Type: certmanager.CertificateConditionReady, Status: cmmeta.ConditionFalse, Message: "no issuer"}),
		"cert-manager has not processed it": of(issuing),
	} {
		expect(t, want, joinLines(judgeCertificates([]certmanager.Certificate{c})))
	}
}
