package check

import (
	"testing"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
)

func TestJudgeCertificate(t *testing.T) {
	ca := testca.New(t)
	leaf := certificate{Certificate: ca.Issue(t, "gcm-injector.linkerd-gcm.svc").Certificate, name: "the certificate of a test", serving: true}
	now := leaf.NotBefore.Add(time.Minute)
	for name, test := range map[string]struct {
		host string
		now  time.Time
		want string
	}{
		"valid":         {"gcm-injector.linkerd-gcm.svc", now, ""},
		"another name":  {"gcm-injector.other.svc", now, "is for gcm-injector.linkerd-gcm.svc, and the API server calls the injector gcm-injector.other.svc"},
		"expired":       {"gcm-injector.linkerd-gcm.svc", leaf.NotAfter.Add(time.Second), "expired at"},
		"not valid yet": {"gcm-injector.linkerd-gcm.svc", leaf.NotBefore.Add(-time.Second), "is not valid before"},
	} {
		t.Run(name, func(t *testing.T) { expect(t, test.want, joinLines(leaf.judge([]string{test.host}, test.now))) })
	}
	authority := certificate{Certificate: ca.Certificate, name: "the certificate of a test"}
	expect(t, "", joinLines(authority.judge([]string{"any.svc"}, now)))
}
