package e2e

import (
	"net/http"
	"strings"
	"sync"
	"testing"
)

// requestLog records the requests of the replicas that were forbidden, and those that
// wrote a webhook configuration.
type requestLog struct {
	mu        sync.Mutex
	forbidden []string
	writes    int
}

func (l *requestLog) watch(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		response, err := next.RoundTrip(request)
		l.mu.Lock()
		defer l.mu.Unlock()
		if err == nil && response.StatusCode == http.StatusForbidden {
			l.forbidden = append(l.forbidden, request.Method+" "+request.URL.String())
		}
		if request.Method == http.MethodPatch && strings.Contains(request.URL.Path, "webhookconfigurations") {
			l.writes++
		}
		return response, err
	})
}

func (l *requestLog) caBundleWrites() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writes
}

// check fails the test if a request was forbidden.
func (l *requestLog) check(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, request := range l.forbidden {
		t.Errorf("forbidden: %s", request)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }
