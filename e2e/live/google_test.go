package live

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/images"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
)

// googleHost is where gcm-exporter sends points if nobody tells it otherwise.
const googleHost = "monitoring.googleapis.com"

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

// googlePort is where the emulator has its pages.
const googlePort = 9093

// newGoogle starts an emulator in a namespace of its own.
func newGoogle(u user, namespace string) google {
	u.Helper()
	certificate := googleAuthority(u.T).Issue(u.T, googleHost)
	u.apply(fmt.Sprintf(`
apiVersion: v1
kind: Namespace
metadata: {name: %[1]s}
---
apiVersion: v1
kind: Secret
metadata: {namespace: %[1]s, name: google}
data: {tls.crt: %[3]s, tls.key: %[4]s}
---
apiVersion: v1
kind: Pod
metadata: {namespace: %[1]s, name: google}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: emulator
    image: %[2]s
    args: [--listen=:443, --web-listen=:%[5]d, --tls-certificate=/tls/tls.crt, --tls-key=/tls/tls.key]
    readinessProbe: {httpGet: {path: /counts, port: %[5]d}, periodSeconds: 1}
    volumeMounts: [{name: tls, mountPath: /tls}]
  volumes: [{name: tls, secret: {secretName: google}}]
`, namespace, u.Image(u.T, images.Google), encode(certificate.CertificatePEM()), encode(certificate.KeyPEM(u.T)), googlePort))
	g := google{u, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "google"}}}
	if err := kubeclient.Await(u.Context(), u.Cluster.Cluster, g.pod, "ready", isReady); err != nil {
		u.Fatal(err)
	}
	return g
}

func encode(text []byte) string { return base64.StdEncoding.EncodeToString(text) }

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
	text, err := g.HTTPGet(ctx, g.pod, googlePort, "points")
	if err != nil {
		return nil, err
	}
	var points []gcmemulator.Point
	for decoder := json.NewDecoder(bytes.NewReader(text)); ; {
		var point gcmemulator.Point
		if err := decoder.Decode(&point); errors.Is(err, io.EOF) {
			return points, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading the emulator's points: %w", err)
		}
		points = append(points, point)
	}
}

// counts are how much it has been asked, has accepted and has refused.
func (g google) counts(ctx context.Context) (gcmemulator.Counts, error) {
	var counts gcmemulator.Counts
	text, err := g.HTTPGet(ctx, g.pod, googlePort, "counts")
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
	if err := g.HTTPPut(g.Context(), g.pod, googlePort, "faults", string(text)); err != nil {
		g.Fatal(err)
	}
}

// key is the key file of a service account of Google's, which nobody there knows.
var key = sync.OnceValues(func() (string, error) {
	made, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(made)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "my-project", "private_key_id": "1",
		"private_key":  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})),
		"client_email": "metrics@my-project.iam.gserviceaccount.com", "client_id": "1",
		"token_uri": "https://oauth2.googleapis.com/token",
	})
	return string(text), err
})
