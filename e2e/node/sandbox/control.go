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
)

// control answers the machine's requests on a socket in the node's folder: a socket's path reaches through namespaces.
// It is an HTTP proxy into the sandbox's network, and has the requests below.
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
	return c
}

// The paths of control's requests.
const (
	readyPath   = "/ready"    // GET: answers when the node is ready
	imagesPath  = "/images/"  // POST: imports the archive that is the body, of the repository that the path goes on with
	restartPath = "/restart/" // POST: restarts the program that the path goes on with
)

// listen begins to answer.
func (c *control) listen() error {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", filepath.Join(inside, controlSocket))
	if err != nil {
		return fmt.Errorf("listening on the control socket: %w", err)
	}
	server := &http.Server{Handler: c}
	go func() { _ = server.Serve(listener) }() // until the sandbox ends
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

// connect joins the request's connection with one to an address in the sandbox's network.
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

// bufferedConn is a connection of which some bytes were read already.
type bufferedConn struct {
	net.Conn
	reader *bufio.Reader
}

func (c bufferedConn) Read(b []byte) (int, error) { return c.reader.Read(b) }

// CloseWrite tells the other side that nothing more comes.
func (c bufferedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// join copies between two connections until both directions are done, and closes them.
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

// forward copies one direction, and says when it is done: a peer that waits for the end of a request would hang otherwise.
func forward(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

// importImage gives containerd an image archive, for Kubernetes to find. Images that the archive knows by their tags alone
// become the repository's, and those of other repositories are left out.
func importImage(ctx context.Context, repository string, archive io.Reader) error {
	command := exec.CommandContext(ctx, "ctr", "--namespace", "k8s.io", "images", "import", "--base-name", repository, "-")
	command.Stdin = archive
	command.Env = os.Environ()
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("importing an image into containerd: %w: %s", err, out)
	}
	return nil
}
