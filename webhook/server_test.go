package webhook

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
)

const serverName = "gcm-injector.linkerd-gcm.svc"

// pipes is a listener whose connections are pipes in memory, so that time is that of
// the test's bubble.
type pipes struct {
	connections chan net.Conn
	closed      chan struct{}
}

func newPipes() *pipes { return &pipes{make(chan net.Conn), make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case connection := <-p.connections:
		return connection, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	close(p.closed)
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// testServer is a Server that serves in the test's bubble.
type testServer struct {
	listener *pipes
	trust    *tls.Config
	// end tells it to end, and ended is what it returns.
	end   context.CancelFunc
	ended chan error
}

func startServer(t *testing.T, handler http.HandlerFunc) *testServer {
	t.Helper()
	ca := testca.New(t)
	leaf := ca.Issue(t, serverName)
	pair := pairOf(t, leaf)
	roots := x509.NewCertPool()
	roots.AddCert(ca.Certificate)
	server := NewServer("127.0.0.1", 0, func(c *tls.Config) { c.Certificates = []tls.Certificate{pair} })
	server.Register("/", NewBodies().Handler(handler))
	ctx, end := context.WithCancel(t.Context())
	s := &testServer{newPipes(), &tls.Config{RootCAs: roots, ServerName: serverName, NextProtos: []string{"http/1.1"}}, end, make(chan error, 1)}
	go func() { s.ended <- server.serve(ctx, s.listener) }()
	t.Cleanup(end)
	return s
}

// connect returns a connection over which part of a request was sent.
func (s *testServer) connect(t *testing.T, text string) net.Conn {
	t.Helper()
	near, far := net.Pipe()
	s.listener.connections <- far
	connection := tls.Client(near, s.trust)
	t.Cleanup(func() { near.Close() })
	if _, err := io.WriteString(connection, text); err != nil {
		t.Fatal(err)
	}
	return connection
}

const (
	// slowPost begins a request whose body does not come to its end.
	slowPost  = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{"
	quickPost = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
)

func TestASlowBodyIsNotAwaitedForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startServer(t, func(http.ResponseWriter, *http.Request) { t.Error("the handler got a body that is not there") })
		started := time.Now()
		connection := s.connect(t, slowPost)
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			second := time.NewTicker(time.Second)
			defer second.Stop()
			for range second.C {
				if _, err := io.WriteString(connection, "0"); err != nil {
					return
				}
			}
		}()
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusRequestTimeout {
			t.Errorf("the answer is %s", response.Status)
		}
		if taken := time.Since(started); taken > bodyTimeout+time.Second {
			t.Errorf("the server waited for %s", taken)
		}
		connection.Close()
		<-stopped
		s.end()
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
	})
}

func TestASlowBodyDoesNotKeepTheServerFromEnding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startServer(t, func(http.ResponseWriter, *http.Request) {})
		connection := s.connect(t, slowPost)
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			_, _ = io.Copy(io.Discard, connection) // until the server closes it
		}()
		synctest.Wait()
		started := time.Now()
		s.end()
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
		if taken := time.Since(started); taken > shutdownTimeout {
			t.Errorf("the server ended after %s", taken)
		}
		<-stopped
	})
}

func TestRequestsAreAnsweredWhileTheServerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startServer(t, func(w http.ResponseWriter, r *http.Request) {
			<-time.After(2 * time.Second)
			if err := r.Context().Err(); err != nil {
				t.Errorf("the request is cancelled: %v", err)
			}
			w.WriteHeader(http.StatusAccepted)
		})
		connection := s.connect(t, quickPost)
		synctest.Wait()
		s.end()
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusAccepted {
			t.Errorf("the answer is %s", response.Status)
		}
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
	})
}

func TestARequestEndsWithItsConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := make(chan error, 1)
		s := startServer(t, func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			cause <- r.Context().Err()
		})
		connection := s.connect(t, quickPost)
		synctest.Wait()
		connection.Close()
		if err := <-cause; !errors.Is(err, context.Canceled) {
			t.Errorf("the request ended with %v", err)
		}
		s.end()
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
	})
}
