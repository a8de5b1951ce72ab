package load

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

// apiServer stands between an injector and the API server, and makes it slow, or as if
// it were away.
type apiServer struct {
	url   string
	ca    []byte       // in PEM
	delay atomic.Int64 // of the reads that decisions need, in nanoseconds
	slow  string       // the namespace whose reads are delayed; those of all if empty
	away  atomic.Bool
	// waiting is how many reads are being delayed.
	waiting atomic.Int64
}

// reads are the paths of what decisions need: a namespace, and its ConfigMaps.
var reads = regexp.MustCompile(`^/api/v1/namespaces/[^/]+(/configmaps/[^/]+)?$`)

func newAPIServer(t *testing.T) *apiServer {
	t.Helper()
	target, err := url.Parse(kubernetes.Config.Host)
	if err != nil {
		t.Fatal(err)
	}
	// The injector's own token is forwarded.
	transport, err := rest.TransportFor(rest.AnonymousClientConfig(kubernetes.Config))
	if err != nil {
		t.Fatal(err)
	}
	a := &apiServer{}
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:     transport,
		FlushInterval: -1,
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.away.Load() {
			panic(http.ErrAbortHandler) // The connection breaks.
		}
		if reads.MatchString(r.URL.Path) && strings.Contains(r.URL.Path, a.slow) {
			a.waiting.Add(1)
			defer a.waiting.Add(-1)
			select {
			case <-time.After(time.Duration(a.delay.Load())):
			case <-r.Context().Done():
				return
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	a.url = server.URL
	a.ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return a
}
