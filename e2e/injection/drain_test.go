package injection

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// TestTerminationFinishesWhatHasBegun holds one admission in the middle of its
// body while the injector is told to end: it takes no new connection, and yet
// reads what it needs from the cluster and injects that one.
func TestTerminationFinishesWhatHasBegun(t *testing.T) {
	n := newNamespace(t, nil)
	n.annotate(annotations())
	review, err := json.Marshal(admissionv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
		Request: &admissionv1.AdmissionRequest{
			UID: "uid", Namespace: n.name, Object: runtime.RawExtension{Object: n.prometheus(nil)},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	connection, err := tls.Dial("tcp", gcm.WebhookAddress(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	half := len(review) / 2
	fmt.Fprintf(connection, "POST /mutate-pods HTTP/1.1\r\nHost: injector\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		len(review), review[:half])

	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		gcm.Stop()
	}()
	n.await("new connections to be refused", func() bool {
		another, err := net.Dial("tcp", gcm.WebhookAddress())
		if err == nil {
			another.Close()
		}
		return err != nil
	})
	select {
	case <-stopped:
		t.Error("the injector ended with a request unanswered")
	default:
	}
	fmt.Fprintf(connection, "%s", review[half:])
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Errorf("the request that had begun was not answered: %v", err)
	} else {
		defer response.Body.Close()
		var answer admissionv1.AdmissionReview
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Response == nil || len(answer.Response.Patch) == 0 {
			t.Errorf("want an injected pod, got %+v, %v", answer.Response, err)
		}
	}
	connection.Close()
	<-stopped
	if err := gcm.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
}
