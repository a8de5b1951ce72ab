package liveroutes

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"
)

// forward plays an API server that knows no web sockets, and the pod behind it, which answers
// each request with a text; with none, the port is closed.
func forward(w http.ResponseWriter, r *http.Request, text string) {
	if r.Method != http.MethodPost {
		http.Error(w, "no web sockets", http.StatusBadRequest)
		return
	}
	if _, err := httpstream.Handshake(r, w, []string{portforward.PortForwardProtocolV1Name}); err != nil {
		panic(err)
	}
	streams := make(chan httpstream.Stream, 2)
	connection := spdy.NewResponseUpgrader().UpgradeResponse(w, r, func(s httpstream.Stream, replied <-chan struct{}) error {
		go func() {
			<-replied
			streams <- s
		}()
		return nil
	})
	defer func() { _ = connection.Close() }()
	var wrong, data httpstream.Stream
	for wrong == nil || data == nil {
		select {
		case s := <-streams:
			if s.Headers().Get(corev1.StreamType) == corev1.StreamTypeError {
				wrong = s
			} else {
				data = s
			}
		case <-connection.CloseChan():
			return
		}
	}
	if text == "" {
		fmt.Fprint(wrong, "connection refused")
		wrong.Close()
		data.Close()
	} else if asked, err := http.ReadRequest(bufio.NewReader(data)); err == nil {
		fmt.Fprintf(data, "HTTP/1.1 200 OK\r\nX-Path: %s\r\nConnection: close\r\n\r\n%s", asked.URL.Path, text)
		data.Close()
	}
	<-connection.CloseChan()
}

// TestAnswersOfAnySize reads an answer that is larger than what is parsed at once.
func TestAnswersOfAnySize(t *testing.T) {
	const count = 170_000
	line := "response_latency_ms_bucket{job=\"linkerd-proxy\",pod=\"" + strings.Repeat("x", 400) + "\",le=\"1\"} 1 1000\n"
	var texts []io.Reader
	for range count {
		texts = append(texts, strings.NewReader(line))
	}
	found := samples{}
	if err := found.read(io.MultiReader(texts...)); err != nil || found["linkerd-proxy"] != count {
		t.Errorf("samples %v, error %v", found, err)
	}
	if err := (samples{}).read(strings.NewReader(strings.Repeat("x", block+1))); err == nil {
		t.Error("a line of any length is read")
	}
}
