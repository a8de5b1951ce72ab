//go:build !linux

package node

import (
	"context"
	"errors"
	"io"
	"net"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"k8s.io/client-go/rest"
)

// errLinux is the error of every function here.
var errLinux = errors.New("a node needs Linux")

// Options say how to start a node.
type Options struct {
	Root string
	Log  io.Writer
	Dir  string
}

// Node exists only on Linux.
type Node struct{ *Images }

// Images exist only on Linux.
type Images struct{}

// OpenImages fails.
func OpenImages(string) (*Images, error) { return nil, errLinux }

// Missing returns that Linux is missing.
func Missing() []string { return []string{errLinux.Error()} }

// Build fails.
func Build(context.Context, string, io.Writer) error { return errLinux }

// Start fails.
func Start(context.Context, Options) (*Node, error) { return nil, errLinux }

// Stop fails.
func (*Node) Stop() error { return errLinux }

// Wait fails.
func (*Node) Wait(context.Context) error { return errLinux }

// Config returns nothing.
func (*Node) Config() *rest.Config { return nil }

// Kubeconfig returns nothing.
func (*Node) Kubeconfig() string { return "" }

// Dial fails.
func (*Node) Dial(context.Context, string, string) (net.Conn, error) { return nil, errLinux }

// Import fails.
func (*Images) Import(context.Context, string, v1.Image) error { return errLinux }

// ImportArchive fails.
func (*Images) ImportArchive(context.Context, string, io.Reader) error { return errLinux }

// Kill fails.
func (*Node) Kill(context.Context, string) error { return errLinux }

// Restart fails.
func (*Node) Restart(context.Context, string) error { return errLinux }
