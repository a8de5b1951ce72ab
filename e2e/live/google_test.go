package live

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/images"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/standin"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
)

// googleAuthority returns what has signed the certificates of everything that stands in for
// Google. The image that is installed trusts it, and nothing else in it differs from a
// release.
func googleAuthority(t *testing.T) testca.KeyPair {
	t.Helper()
	googleOnce.Do(func() { googleMade = testca.New(t) })
	return googleMade
}

var (
	googleOnce sync.Once
	googleMade testca.KeyPair
)

// google stands in for Google Cloud Monitoring in one namespace of viz: /etc/hosts of
// Prometheus' pod has its address for Google's own name, so that the sidecar runs with the
// flags that users have, and with TLS and a service account's key.
type google struct {
	user
	pod *corev1.Pod
}

// newGoogle starts an emulator in a namespace of its own.
func newGoogle(u user, namespace string) google {
	u.Helper()
	certificate := googleAuthority(u.T).Issue(u.T, standin.Host)
	u.apply(standin.Objects(namespace, u.Image(u.T, images.Google), certificate.CertificatePEM(), certificate.KeyPEM(u.T)))
	g := google{u, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: standin.Name}}}
	if err := kubeclient.Await(u.Context(), u.Cluster.Cluster, g.pod, "ready", isReady); err != nil {
		u.Fatal(err)
	}
	return g
}

func isReady(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// points are all that the emulator has accepted, in that order.
func (g google) points(ctx context.Context) ([]gcmemulator.Point, error) {
	text, err := g.HTTPGet(ctx, g.pod, standin.Port, "points")
	if err != nil {
		return nil, err
	}
	return gcmemulator.ReadPoints(bytes.NewReader(text))
}

// counts are how much it has been asked, has accepted and has refused.
func (g google) counts(ctx context.Context) (gcmemulator.Counts, error) {
	var counts gcmemulator.Counts
	text, err := g.HTTPGet(ctx, g.pod, standin.Port, "counts")
	if err == nil {
		err = json.Unmarshal(text, &counts)
	}
	return counts, err
}

// accepts waits until the emulator has accepted so many points more.
func (g google) accepts(more int) {
	g.Helper()
	before := -1
	g.eventually(fmt.Sprintf("Google has accepted %d points more", more), func(ctx context.Context) error {
		counts, err := g.counts(ctx)
		if err != nil {
			return err
		}
		if before < 0 {
			before = counts.Accepted
		}
		if counts.Accepted < before+more {
			return fmt.Errorf("%d of them: %+v", counts.Accepted-before, counts)
		}
		return nil
	})
}

// fails replaces the faults of the emulator; without any, it works again.
func (g google) fails(faults ...gcmemulator.Fault) {
	g.Helper()
	text, err := json.Marshal(append([]gcmemulator.Fault{}, faults...))
	if err != nil {
		g.Fatal(err)
	}
	if err := g.HTTPPut(g.Context(), g.pod, standin.Port, "faults", string(text)); err != nil {
		g.Fatal(err)
	}
}

// key is the key file of a service account of Google's, which nobody there knows.
var key = sync.OnceValues(func() (string, error) {
	text, err := standin.ServiceAccountKey()
	return string(text), err
})
