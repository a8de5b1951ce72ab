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
	"path/filepath"
	"time"
)

// Client sends requests to a sandbox from outside.
type Client struct {
	folder *os.File
	http   *http.Client
}

// NewClient returns a client for the sandbox of a node's folder, which need not answer
// yet.
func NewClient(folder string) (*Client, error) {
	opened, err := os.Open(folder)
	if err != nil {
		return nil, fmt.Errorf("opening the node's folder: %w", err)
	}
	c := &Client{folder: opened}
	c.http = &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return c.dialControl(ctx) },
	}}
	return c, nil
}

// Close closes the folder.
func (c *Client) Close() error { return c.folder.Close() }

// dialControl connects to the control socket. The path through /proc is short enough for
// a socket's address, however long the folder's path is.
func (c *Client) dialControl(ctx context.Context) (net.Conn, error) {
	var dialer net.Dialer
	return dialer.DialContext(ctx, "unix", filepath.Join("/proc/self/fd", fmt.Sprint(c.folder.Fd()), controlSocket))
}

// AwaitControl returns once the sandbox answers, which is when it can import images.
func (c *Client) AwaitControl(ctx context.Context) error {
	for {
		conn, err := c.dialControl(ctx)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the sandbox: %w", errors.Join(context.Cause(ctx), err))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// AwaitReady returns once the node is ready to run pods.
func (c *Client) AwaitReady(ctx context.Context) error {
	return c.do(ctx, http.MethodGet, readyPath, nil)
}

// ImportImage imports a repository's images into containerd from an archive: an OCI image
// layout, or the output of docker save.
func (c *Client) ImportImage(ctx context.Context, repository string, archive io.Reader) error {
	return c.do(ctx, http.MethodPost, imagesPath+repository, archive)
}

// Restart ends one of the node's programs and starts it again.
func (c *Client) Restart(ctx context.Context, program string) error {
	return c.do(ctx, http.MethodPost, restartPath+program, nil)
}

// Kill ends a container's first process at once, by its id in containerd.
func (c *Client) Kill(ctx context.Context, container string) error {
	return c.do(ctx, http.MethodPost, killPath+container, nil)
}

func (c *Client) do(ctx context.Context, method, path string, body io.Reader) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://sandbox"+path, body)
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("sending a request to the sandbox: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
		return fmt.Errorf("%s %s in the sandbox: %s", method, path, text)
	}
	return nil
}

// Dial connects to an address in the sandbox's network: a pod, a service, the node.
func (c *Client) Dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := c.dialControl(ctx)
	if err != nil {
		return nil, fmt.Errorf("connecting to the sandbox: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	reader := bufio.NewReader(conn)
	if _, err = fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %[1]s\r\n\r\n", address); err == nil {
		err = connected(reader)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connecting to %s in the sandbox: %w", address, err), conn.Close())
	}
	return bufferedConn{conn, reader}, nil
}

func connected(reader *bufio.Reader) error {
	response, err := http.ReadResponse(reader, &http.Request{Method: http.MethodConnect})
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 4<<10))
		return fmt.Errorf("%s", text)
	}
	return nil
}
