package check

import (
	"fmt"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
)

func TestJudgeAge(t *testing.T) {
	begin := time.Now()
	ca := testca.New(t, testca.Valid(begin, begin.Add(100*time.Hour)))
	for age, want := range map[time.Duration]string{
		0:                      "",
		66 * time.Hour:         "", // renewal is due
		80 * time.Hour:         "",
		81 * time.Hour:         "has only 19h0m0s left of 100h0m0s",
		100*time.Hour + 1:      "", // judged as expired
		-time.Hour:             "",
		99*time.Hour + 50*60e9: "has only 10m0s left",
	} {
		c := certificate{Certificate: ca.Certificate, name: "the certificate of a test"}
		expect(t, want, joinLines(c.judgeAge(c.NotBefore.Add(age))))
	}
}

func TestCertificatesInMemory(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	metrics := func(left time.Duration) string {
		return fmt.Sprintf("# TYPE gcm_injector_serving_certificate_expiry_timestamp_seconds gauge\n"+
			"gcm_injector_serving_certificate_expiry_timestamp_seconds %d\n", now.Add(left).Unix())
	}
	for name, test := range map[string]struct {
		args []string
		text string
		want string
	}{
		"young":                                {nil, metrics(20 * time.Hour), ""},
		"to be renewed":                        {nil, metrics(7 * time.Hour), ""},
		"not renewed":                          {nil, metrics(4 * time.Hour), "the certificate of pod linkerd-gcm/gcm-injector-1 has only 4h0m0s left of 24h0m0s"},
		"of a shorter life":                    {[]string{"--certificate-lifetime=10h"}, metrics(4 * time.Hour), ""},
		"expired":                              {nil, metrics(-time.Hour), "has expired"},
		"none yet":                             {nil, "# TYPE gcm_injector_serving_certificate_expiry_timestamp_seconds gauge\ngcm_injector_serving_certificate_expiry_timestamp_seconds 0\n", ""},
		"of an injector that may not be asked": {nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			labels := map[string]string{"component": "gcm-injector"}
			meta := metav1.ObjectMeta{Namespace: "linkerd-gcm", Name: "gcm-injector-1", Labels: labels}
			texts := map[string]string{}
			if test.text != "" {
				texts["/api/v1/namespaces/linkerd-gcm/pods/gcm-injector-1:9990/proxy/metrics"] = test.text
			}
			r := &runContext{cluster: clusterServing(t, texts, &corev1.Pod{ObjectMeta: meta}), now: now}
			deployment := &appsv1.Deployment{Spec: appsv1.DeploymentSpec{
				Selector: &metav1.LabelSelector{MatchLabels: labels},
				Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Args: test.args}}}},
			}}
			got, err := r.judgeInMemory(t.Context(), cluster.Installation{Namespace: "linkerd-gcm", Deployment: deployment})
			if err != nil {
				t.Fatal(err)
			}
			expect(t, test.want, joinLines(got))
		})
	}
}
