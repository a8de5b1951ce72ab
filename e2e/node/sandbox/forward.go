//go:build linux

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
)

// forwarder forwards a port of the machine's loopback interface to the sandbox's API
// server, so that programs on the machine need only a kubeconfig to be its clients.
type forwarder struct {
	listener net.Listener
	client   *Client
}

// forwardAPI starts to listen, and forwards connections as soon as the sandbox answers.
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

// port returns the port of the loopback interface as a decimal number.
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
		_ = conn.Close() // The client reports that it cannot connect.
		return
	}
	join(conn, api)
}
