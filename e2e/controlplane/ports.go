package controlplane

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// reservePorts reserves free TCP ports of 127.0.0.1 until release is called. In the
// meantime, only programs that set SO_REUSEPORT can listen on them, as etcd and
// kube-apiserver do if a flag says so. So no other process takes a port in the seconds
// that a program takes to start.
func reservePorts(count int) (ports []int, release func(), err error) {
	var sockets []int
	release = func() {
		for _, socket := range sockets {
			unix.Close(socket) //nolint:errcheck // Nothing was written to it, and the kernel frees it in any case.
		}
	}
	for range count {
		socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		if err != nil {
			release()
			return nil, nil, fmt.Errorf("reserving a port: %w", err)
		}
		sockets = append(sockets, socket)
		port, err := bind(socket)
		if err != nil {
			release()
			return nil, nil, fmt.Errorf("reserving a port of 127.0.0.1: %w", err)
		}
		ports = append(ports, port)
	}
	return ports, release, nil
}

// bind binds the socket to a port that the kernel chooses. Without a listen, no
// connection reaches this socket.
func bind(socket int) (int, error) {
	unix.CloseOnExec(socket)
	if err := unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); err != nil {
		return 0, fmt.Errorf("setting SO_REUSEPORT: %w", err)
	}
	if err := unix.Bind(socket, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, fmt.Errorf("binding: %w", err)
	}
	name, err := unix.Getsockname(socket)
	if err != nil {
		return 0, fmt.Errorf("asking for the port: %w", err)
	}
	address, ok := name.(*unix.SockaddrInet4)
	if !ok {
		return 0, fmt.Errorf("the socket's address is a %T", name)
	}
	return address.Port, nil
}
