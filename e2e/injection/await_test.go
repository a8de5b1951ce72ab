package injection

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var count atomic.Int32

func randomName() string { return fmt.Sprintf("%d", count.Add(1)) }

// await polls until a condition holds; a minute is for a machine that is busy.
func (n namespace) await(what string, holds func() bool) {
	n.Helper()
	deadline := time.After(time.Minute)
	for !holds() {
		select {
		case <-deadline:
			n.Fatalf("waited a minute for %s", what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// events returns the events in the namespace, each as "Kind/name Type Reason: note".
func (n namespace) events() []string {
	n.Helper()
	var list corev1.EventList
	if err := kubernetes.List(n.Context(), &list, client.InNamespace(n.name)); err != nil {
		n.Fatal(err)
	}
	var all []string
	for _, e := range list.Items {
		all = append(all, fmt.Sprintf("%s/%s %s %s: %s", e.InvolvedObject.Kind, e.InvolvedObject.Name, e.Type, e.Reason, e.Message))
	}
	return all
}

// awaitEvent waits for an event that begins and continues as given.
func (n namespace) awaitEvent(prefix, part string) string {
	n.Helper()
	var found string
	n.await("an event "+prefix+" … "+part, func() bool {
		for _, event := range n.events() {
			if strings.HasPrefix(event, prefix) && strings.Contains(event, part) {
				found = event
			}
		}
		return found != ""
	})
	return found
}

// dryRun has the API server do everything but store the object.
var dryRun = client.DryRunAll

func certificatePEM(certificate *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})
}
