package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	stdlog "log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/net/netutil"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// The time limits of a connection. The API server is the only client, and it is near:
// whoever needs longer is somebody else, or is lost already, since the API server's own
// limit for a webhook is shorter than these.
const (
	headerTimeout   = 5 * time.Second
	bodyTimeout     = 8 * time.Second
	responseTimeout = bodyTimeout + decisionTimeout + 2*time.Second
	idleTimeout     = 90 * time.Second
	// shutdownTimeout is how long requests have to end once the server is told to end.
	// It is longer than any of them takes, and shorter than what a pod is given.
	shutdownTimeout = responseTimeout + 2*time.Second
)

// The limits of what connections may hold in memory.
const (
	maxConnections     = 500
	maxHeaderBytes     = 32 << 10
	maxStreams         = 100
	connectionReceives = 256 << 10
	streamReceives     = 64 << 10
)

// Server serves handlers over TLS; it is a webhook.Server of controller-runtime. Unlike
// that package's own it limits how long a request may take to arrive, and it does not
// cancel the requests that it has when it is told to end: a request's context ends when
// its client gives it up.
type Server struct {
	address   string
	tls       *tls.Config
	mux       *http.ServeMux
	listening atomic.Pointer[net.TCPAddr]
}

// NewServer returns a Server that listens on a host, or on all addresses where it is "",
// and on a port. The options set its certificate.
func NewServer(host string, port int, options ...func(*tls.Config)) *Server {
	config := &tls.Config{NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS13}
	for _, option := range options {
		option(config)
	}
	return &Server{address: net.JoinHostPort(host, strconv.Itoa(port)), tls: config, mux: http.NewServeMux()}
}

// Register makes the server call a handler for the requests of a path.
func (s *Server) Register(path string, handler http.Handler) { s.mux.Handle(path, handler) }

// WebhookMux returns what Register registers handlers with.
func (s *Server) WebhookMux() *http.ServeMux { return s.mux }

// NeedLeaderElection says that every replica serves.
func (s *Server) NeedLeaderElection() bool { return false }

// Start serves until the context is done, and then until the requests that it has are
// answered. It returns an error where it cannot listen, and where requests do not end.
func (s *Server) Start(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.address)
	if err != nil {
		return fmt.Errorf("listening for admission requests: %w", err)
	}
	s.listening.Store(listener.Addr().(*net.TCPAddr))
	log.FromContext(ctx).Info("Serving admission requests", "address", listener.Addr().String())
	return s.serve(ctx, netutil.LimitListener(listener, maxConnections))
}

// serve does what Start does, on a listener.
func (s *Server) serve(ctx context.Context, listener net.Listener) error {
	server := s.httpServer(log.FromContext(ctx))
	ended := make(chan error, 1)
	go func() {
		<-ctx.Done()
		ended <- shutdown(ctx, server)
	}()
	if err := server.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving admission requests: %w", err)
	}
	return <-ended
}

func (s *Server) httpServer(logger logr.Logger) *http.Server {
	return &http.Server{
		Handler:           s.mux,
		TLSConfig:         s.tls,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       bodyTimeout,
		WriteTimeout:      responseTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          stdlog.New(serverLog{logger}, "", 0),
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams:          maxStreams,
			MaxReceiveBufferPerConnection: connectionReceives,
			MaxReceiveBufferPerStream:     streamReceives,
		},
	}
}

// serverLog logs what net/http has to say. Whoever reaches the port can fail a TLS
// handshake as often as he likes, and where clients need a certificate, so does the
// readiness check: that is for debugging.
type serverLog struct{ logger logr.Logger }

// Write implements io.Writer.
func (l serverLog) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	if strings.HasPrefix(text, "http: TLS handshake error") {
		l.logger.V(1).Info(text)
	} else {
		l.logger.Error(nil, text)
	}
	return len(line), nil
}

// shutdown lets the requests that a server has end, and then closes what is left.
func shutdown(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("ending the server: %w", err), server.Close())
	}
	return nil
}

// StartedChecker returns a readiness check, which fails until the server answers a TLS
// handshake.
func (s *Server) StartedChecker() healthz.Checker { return s.started }

func (s *Server) started(request *http.Request) error {
	address := s.listening.Load()
	if address == nil {
		return errors.New("the server does not listen yet")
	}
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} // The check asks whether somebody answers, not who.
	connection, err := dialer.DialContext(request.Context(), "tcp", address.String())
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	return connection.Close()
}
