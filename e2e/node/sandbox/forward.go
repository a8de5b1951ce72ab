//go:build linux

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
)

// forwarder joins a port of the machine's loopback interface with the sandbox's API server, so that any program on the
// machine can be its client with no more than a kubeconfig.
type forwarder struct {
	listener net.Listener
	client   *Client
}

// forwardAPI listens at once, and forwards as soon as the sandbox answers.
func forwardAPI(folder string) (*forwarder, error) {
	client, err := NewClient(folder)
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listening for clients of the API server: %w", err), client.Close())
	}
	f := &forwarder{listener: listener, client: client}
	go f.accept()
	return f, nil
}

// port returns the port of the loopback interface, in decimal.
func (f *forwarder) port() string {
	return strconv.Itoa(f.listener.Addr().(*net.TCPAddr).Port)
}

// Close stops listening.
func (f *forwarder) Close() error {
	return errors.Join(f.listener.Close(), f.client.Close())
}

func (f *forwarder) accept() {
	for {
		conn, err := f.listener.Accept()
		if err != nil {
			return // closed
		}
		go f.serve(conn)
	}
}

func (f *forwarder) serve(conn net.Conn) {
	api, err := f.client.Dial(context.Background(), net.JoinHostPort(nodeAddress, strconv.Itoa(apiPort)))
	if err != nil {
		_ = conn.Close() // the client will say that it cannot connect, which is so
		return
	}
	join(conn, api)
}
