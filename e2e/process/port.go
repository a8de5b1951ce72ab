package process

import (
	"context"
	"fmt"
	"net"
)

// FreePort returns a port of the loopback interface that nobody listens on now, for a program
// that is about to be started.
func FreePort(ctx context.Context) (int, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("looking for a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
