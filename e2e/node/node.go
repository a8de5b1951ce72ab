//go:build linux

// Package node runs a real Kubernetes node on this machine, on which containers run:
// etcd, API server, controller manager, scheduler, kubelet, kube-proxy, CoreDNS and
// containerd in temporary namespaces. Its network is isolated, except for a port of the
// loopback interface that leads to the API server. It leaves nothing on the machine: no
// process, mount, network interface, cgroup or kernel setting.
//
// It does not talk to the cluster, which package kubeclient does, and what runs inside the
// namespaces is in package sandbox.
//
// It needs Linux, root and some packages of the distribution; Missing returns what is
// missing.
package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/images"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/sandbox"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
)

// The processes of a node's sandbox are started from this same program.
func init() {
	if status, isStage := sandbox.RunStage(); isStage {
		os.Exit(status)
	}
}

// Options say how to start a node.
type Options struct {
	// Root is the repository's root, as checkout.Root returns it.
	Root string
	// Log receives messages about the progress.
	Log io.Writer
	// Dir is the folder for the kubeconfig and the logs, which are kept. If it is empty,
	// they are removed with the node.
	Dir string
}

// Node is a running node.
type Node struct {
	*Images

	dir        string
	config     *rest.Config
	supervisor *exec.Cmd
	alive      io.Closer // the supervisor's standard input: the node ends when it is closed
	output     *tail     // the end of the supervisor's output
	ended      chan struct{}
	err        error // why it ended; set once ended is closed
}

// stopTimeout limits how long the supervisor may take to clean up. Usually it takes less
// than a second.
const stopTimeout = 30 * time.Second

// Build builds the programs of a node that are not up to date, and those that tests run
// on it. A first build takes a quarter of an hour.
func Build(ctx context.Context, root string, log io.Writer) error {
	names := append(slices.Clone(sandbox.BuiltPrograms), programs.Kubectl, programs.LinkerdGCM)
	names = append(names, images.Programs()...)
	_, err := programs.Ensure(ctx, root, log, names...)
	return err
}

// Start builds what is not up to date and returns once the node can run pods. The node
// ends by Stop, or with this process, however it ends; ctx limits only the start.
func Start(ctx context.Context, options Options) (*Node, error) {
	if missing := Missing(); len(missing) > 0 {
		return nil, fmt.Errorf("this machine cannot run a node: %s", strings.Join(missing, "; "))
	}
	paths, err := programs.Ensure(ctx, options.Root, options.Log, sandbox.BuiltPrograms...)
	if err != nil {
		return nil, err
	}
	pause, err := images.Pause.Make(ctx, options.Root, options.Log)
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	n, err := launch(options, paths)
	if err != nil {
		return nil, err
	}
	if err := n.complete(ctx, pause); err != nil {
		_ = n.Stop() // It may have ended by itself; its error then says the same.
		return nil, fmt.Errorf("starting a node: %w", err)
	}
	fmt.Fprintf(options.Log, "node ready after %.1f s\n", time.Since(begin).Seconds())
	return n, nil
}

// launch starts the supervisor, which starts everything else.
func launch(options Options, paths map[string]string) (*Node, error) {
	dir, temporary := options.Dir, options.Dir == ""
	var err error
	if temporary {
		dir, err = os.MkdirTemp("", "linkerd-gcm-node-")
	} else if err = os.MkdirAll(dir, 0o755); err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("making the node's folder: %w", err)
	}
	spec := sandbox.Spec{Programs: paths, Plugins: pluginFolder(), Temporary: temporary}
	if err := spec.Write(dir); err != nil {
		return nil, err
	}
	n := &Node{dir: dir, output: &tail{also: options.Log}, ended: make(chan struct{})}
	if n.Images, err = OpenImages(dir); err != nil {
		return nil, err
	}
	n.supervisor = sandbox.Command(dir)
	n.supervisor.Stdout, n.supervisor.Stderr = n.output, n.output
	n.supervisor.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // A terminal's Ctrl-C must reach only this process.
	if n.alive, err = n.supervisor.StdinPipe(); err != nil {
		return nil, fmt.Errorf("starting the node's supervisor: %w", err)
	}
	if err := n.supervisor.Start(); err != nil {
		return nil, fmt.Errorf("starting the node's supervisor: %w", err)
	}
	go func() {
		n.err = n.supervisor.Wait()
		close(n.ended)
	}()
	return n, nil
}

// complete imports the image that every pod needs into containerd, and waits until the
// node is ready.
func (n *Node) complete(ctx context.Context, pause v1.Image) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		<-n.ended
		cancel(fmt.Errorf("it ended: %w\n%s", n.err, n.output))
	}()
	err := n.client.AwaitControl(ctx)
	if err == nil {
		starting, ctx := errgroup.WithContext(ctx)
		starting.Go(func() error { return n.Import(ctx, sandbox.PauseImage, pause) })
		starting.Go(func() error { return n.client.AwaitReady(ctx) })
		err = starting.Wait()
	}
	if err == nil {
		n.config, err = clientcmd.BuildConfigFromFlags("", n.Kubeconfig())
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if err != nil {
		return err
	}
	n.config.QPS = -1 // no rate limit
	return nil
}

// Stop ends the node and returns when everything of it is removed. It may be called more
// than once.
func (n *Node) Stop() error {
	closed := n.alive.Close()
	select {
	case <-n.ended:
	case <-time.After(stopTimeout):
		return fmt.Errorf("the node did not end within %s", stopTimeout)
	}
	if n.err != nil {
		return fmt.Errorf("stopping the node: %w\n%s", n.err, n.output)
	}
	if errors.Is(closed, os.ErrClosed) {
		closed = nil
	}
	return errors.Join(closed, n.client.Close())
}

// Wait returns nil when ctx is done, and an error when the node ends before that.
func (n *Node) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-n.ended:
		return fmt.Errorf("the node ended: %w\n%s", n.err, n.output)
	}
}

// Config returns the client configuration of a cluster administrator, which works for
// every process on the machine. Requests made with it are not rate limited.
func (n *Node) Config() *rest.Config { return rest.CopyConfig(n.config) }

// Kubeconfig returns the path of the administrator's kubeconfig.
func (n *Node) Kubeconfig() string { return filepath.Join(n.dir, sandbox.KubeconfigFile) }

// Logs returns the folder of the logs of the node's programs.
func (n *Node) Logs() string { return filepath.Join(n.dir, sandbox.LogFolder) }

// Dial connects to an address of the node's network, such as a service's or a pod's.
func (n *Node) Dial(ctx context.Context, _, address string) (net.Conn, error) {
	return n.client.Dial(ctx, address)
}

// Restart ends one of the node's programs, such as programs.Kubelet, and starts it again.
// Pods continue to run.
func (n *Node) Restart(ctx context.Context, program string) error {
	return n.client.Restart(ctx, program)
}

// Kill ends a container's first process at once, as the kernel does where memory is short.
// The id is that of the pod's status.
func (n *Node) Kill(ctx context.Context, containerID string) error {
	return n.client.Kill(ctx, strings.TrimPrefix(containerID, "containerd://"))
}

// tail passes on what is written, and keeps the end of it for errors. Read it only when
// nothing more is written.
type tail struct {
	also io.Writer
	end  []byte
}

func (t *tail) Write(b []byte) (int, error) {
	const limit = 16 << 10
	t.end = append(t.end, b...)
	t.end = t.end[max(0, len(t.end)-limit):]
	return t.also.Write(b)
}

func (t *tail) String() string { return string(bytes.TrimSpace(t.end)) }
