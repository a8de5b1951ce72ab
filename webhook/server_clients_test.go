package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"

	"github.com/linkerd-gcm/linkerd-gcm/certs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
)

// TestTheServerAsksForClientsCertificates has a server that requires them, over HTTP/2.
func TestTheServerAsksForClientsCertificates(t *testing.T) {
	ca := testca.New(t)
	file := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(file, ca.CertificatePEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	clients, err := certs.RequireClients(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	serving := pairOf(t, ca.Issue(t, serverName))
	server := NewServer("127.0.0.1", 0, clients, func(c *tls.Config) { c.Certificates = []tls.Certificate{serving} })
	server.Register("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	var lines lines
	ctx, end := context.WithCancel(logr.NewContext(t.Context(), funcr.New(lines.add, funcr.Options{})))
	ended := make(chan error, 1)
	go func() { ended <- server.Start(ctx) }()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	for server.StartedChecker()(request) != nil {
		time.Sleep(time.Millisecond) //nolint:forbidigo // The server says nothing when it listens.
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.Certificate)
	get := func(certificates ...tls.Certificate) (string, error) {
		transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: serverName, Certificates: certificates}}
		defer transport.CloseIdleConnections()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+server.listening.Load().String(), nil)
		if err != nil {
			return "", err
		}
		response, err := transport.RoundTrip(request)
		if err != nil {
			return "", err
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		return string(text), err
	}
	forClients := func(template *x509.Certificate) {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
	if got, err := get(pairOf(t, ca.Issue(t, "kube-apiserver", forClients))); err != nil || got != "HTTP/2.0" {
		t.Errorf("with a certificate: %q, %v", got, err)
	}
	// In TLS 1.3 a client learns of it while it sends its request, in one way or another.
	if got, err := get(); err == nil {
		t.Errorf("without a certificate: %q, %v", got, err)
	}
	end()
	if err := <-ended; err != nil && !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
	if all := lines.all(); strings.Contains(all, "handshake") {
		t.Errorf("the log has handshakes:\n%s", all)
	}
}

func TestOnlyTLS13IsAccepted(t *testing.T) {
	serving := pairOf(t, testca.New(t).Issue(t, serverName))
	server := NewServer("127.0.0.1", 0, func(c *tls.Config) { c.Certificates = []tls.Certificate{serving} })
	for version, accepted := range map[uint16]bool{tls.VersionTLS12: false, tls.VersionTLS13: true} {
		near, far := net.Pipe()
		go func() {
			_ = tls.Client(near, &tls.Config{InsecureSkipVerify: true, MaxVersion: version}).HandshakeContext(t.Context())
			near.Close()
		}()
		if err := tls.Server(far, server.tls).HandshakeContext(t.Context()); (err == nil) != accepted {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
	}
}

func pairOf(t *testing.T, k testca.KeyPair) tls.Certificate {
	t.Helper()
	pair, err := tls.X509KeyPair(k.CertificatePEM(), k.KeyPEM(t))
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// lines are those of a log.
type lines struct {
	mutex sync.Mutex
	text  strings.Builder
}

func (l *lines) add(_, line string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.text.WriteString(line + "\n")
}

func (l *lines) all() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

func TestWhatTheServerSaysOfHandshakesIsForDebugging(t *testing.T) {
	for line, level := range map[string]string{
		"http: TLS handshake error from 192.0.2.1:1: EOF\n":           `"level"=1`,
		"http: panic serving 192.0.2.1:1: runtime error: nil pointer": `"error"=null`,
	} {
		var lines lines
		_, _ = serverLog{funcr.New(lines.add, funcr.Options{Verbosity: 1})}.Write([]byte(line))
		if got := lines.all(); !strings.Contains(got, level) || !strings.Contains(got, strings.TrimSpace(line)) {
			t.Errorf("%q is logged as %s", line, got)
		}
	}
}
