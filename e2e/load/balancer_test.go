package load

import (
	"context"
	"io"
	"net"
	"sync"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/injector"
)

// balancer does the work of a Service: it forwards each connection to the first replica
// that takes it.
type balancer struct {
	listener net.Listener

	mutex       sync.Mutex
	replicas    []*injector.Injector
	connections map[net.Conn]bool
}

func newBalancer(ctx context.Context) (*balancer, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &balancer{listener: listener, connections: map[net.Conn]bool{}}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go b.forward(context.WithoutCancel(ctx), connection)
		}
	}()
	return b, nil
}

func (b *balancer) address() string { return b.listener.Addr().String() }

// prefer makes the balancer forward to these replicas, in this order. Connections to
// others end.
func (b *balancer) prefer(replicas ...*injector.Injector) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.replicas = replicas
	for connection := range b.connections {
		connection.Close()
	}
}

// connect returns a connection to the first replica that takes one, nil if none does.
func (b *balancer) connect(ctx context.Context, client net.Conn) net.Conn {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, replica := range b.replicas {
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", replica.WebhookAddress())
		if err == nil {
			b.connections[client] = true
			return connection
		}
	}
	return nil
}

func (b *balancer) forward(ctx context.Context, client net.Conn) {
	defer client.Close()
	replica := b.connect(ctx, client)
	if replica == nil {
		return
	}
	defer replica.Close()
	defer func() {
		b.mutex.Lock()
		defer b.mutex.Unlock()
		delete(b.connections, client)
	}()
	go func() {
		_, _ = io.Copy(replica, client)
		_ = replica.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(client, replica)
}

// used reports whether there are connections.
func (b *balancer) used() bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return len(b.connections) > 0
}

func (b *balancer) close() { b.listener.Close() }
