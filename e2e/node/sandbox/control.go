//go:build linux

package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// control answers requests from the machine on a socket in the node's folder, which works
// across namespaces. It is an HTTP proxy into the sandbox's network, and answers the
// requests below.
type control struct {
	mux   *http.ServeMux
	ready chan struct{} // closed once the node is ready
}

func newControl(restart func(ctx context.Context, program string) error) *control {
	c := &control{mux: http.NewServeMux(), ready: make(chan struct{})}
	c.mux.HandleFunc("GET "+readyPath, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-c.ready:
		case <-r.Context().Done():
		}
	})
	c.mux.HandleFunc("POST "+imagesPath+"{repository...}", func(w http.ResponseWriter, r *http.Request) {
		answer(w, importImage(r.Context(), r.PathValue("repository"), r.Body))
	})
	c.mux.HandleFunc("POST "+restartPath+"{program}", func(w http.ResponseWriter, r *http.Request) {
		answer(w, restart(r.Context(), r.PathValue("program")))
	})
	c.mux.HandleFunc("POST "+killPath+"{container}", func(w http.ResponseWriter, r *http.Request) {
		answer(w, ctr(r.Context(), nil, "tasks", "kill", "--signal", "SIGKILL", r.PathValue("container")))
	})
	return c
}

// The paths of the requests to control.
const (
	readyPath   = "/ready"    // GET: answers when the node is ready
	imagesPath  = "/images/"  // POST: imports the archive in the body; the rest of the path is the repository
	restartPath = "/restart/" // POST: restarts a program; the rest of the path is its name
	killPath    = "/kill/"    // POST: kills a container; the rest of the path is its id
)

// listen starts to answer requests.
func (c *control) listen() error {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", filepath.Join(inside, controlSocket))
	if err != nil {
		return fmt.Errorf("listening on the control socket: %w", err)
	}
	server := &http.Server{Handler: c}
	go func() { _ = server.Serve(listener) }() // It serves until the sandbox ends.
	return nil
}

func (c *control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodConnect {
		connect(w, r)
		return
	}
	c.mux.ServeHTTP(w, r)
}

func answer(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// connect connects the client to an address in the sandbox's network.
func connect(w http.ResponseWriter, r *http.Request) {
	var dialer net.Dialer
	target, err := dialer.DialContext(r.Context(), "tcp", r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = target.Close()
		answer(w, err)
		return
	}
	if _, err := io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		_ = errors.Join(client.Close(), target.Close())
		return
	}
	join(bufferedConn{client, buffered.Reader}, target)
}

// bufferedConn is a connection from which some bytes have already been read.
type bufferedConn struct {
	net.Conn
	reader *bufio.Reader
}

func (c bufferedConn) Read(b []byte) (int, error) { return c.reader.Read(b) }

// CloseWrite tells the other side that no more data follows.
func (c bufferedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// join copies between two connections until both directions have ended, and closes them.
func join(a, b net.Conn) {
	done := make(chan struct{})
	go func() {
		forward(a, b)
		close(done)
	}()
	forward(b, a)
	<-done
	_ = errors.Join(a.Close(), b.Close())
}

// forward copies one direction and then closes it for writing. Otherwise, a peer that
// waits for the end of a request would hang.
func forward(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

// importImage imports an image archive into the part of containerd that Kubernetes uses.
// Images that have only a tag in the archive are imported into the repository; images of
// other repositories are left out.
func importImage(ctx context.Context, repository string, archive io.Reader) error {
	return ctr(ctx, archive, "images", "import", "--base-name", repository, "-")
}

// ctr asks containerd for something.
func ctr(ctx context.Context, input io.Reader, arguments ...string) error {
	command := exec.CommandContext(ctx, "ctr", append([]string{"--namespace", "k8s.io"}, arguments...)...)
	command.Stdin = input
	command.Env = os.Environ()
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("ctr %s: %w: %s", strings.Join(arguments, " "), err, out)
	}
	return nil
}
