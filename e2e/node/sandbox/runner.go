//go:build linux

package sandbox

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/controlplane"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/process"
)

// The environment variables that the supervisor sets for the runner.
const (
	cgroupVariable = "NODE_CGROUP"   // the cgroup of the pods
	portVariable   = "NODE_API_PORT" // the machine's port that is forwarded to the API server
)

// runner starts the node's programs and ends the node if one of them ends.
type runner struct {
	control *control
	failed  chan error // why a program ended that nobody stopped

	mu      sync.Mutex
	running map[string]*process.Process
}

// runNode runs a node in the namespaces that it is started in. It returns only if
// something fails.
func runNode(string) error {
	r := &runner{failed: make(chan error, 1), running: map[string]*process.Process{}}
	r.control = newControl(r.restart)
	if err := writeConfiguration(os.Getenv(cgroupVariable)); err != nil {
		return err
	}
	if err := r.start(context.Background()); err != nil {
		return err
	}
	close(r.control.ready)
	return <-r.failed
}

// start returns when the node can run pods. It starts containerd first, so that images
// can be imported while the API server starts.
func (r *runner) start(ctx context.Context) error {
	var plane *controlplane.ControlPlane
	starting, startingCtx := errgroup.WithContext(ctx)
	starting.Go(func() error {
		if err := r.run(startingCtx, containerd); err != nil {
			return err
		}
		return r.control.listen()
	})
	starting.Go(func() (err error) {
		plane, err = controlplane.Start(startingCtx, controlplane.Options{
			Dir:      controlPlaneFolder,
			Logs:     logFolder,
			Programs: builtPrograms(),
			Log:      os.Stderr,
			Network:  &controlplane.Network{Address: nodeAddress, Port: apiPort},
		})
		return err
	})
	if err := starting.Wait(); err != nil {
		return err
	}
	go func() {
		if err := plane.Wait(ctx); err != nil {
			r.fail(err)
		}
	}()
	return r.join(ctx, plane)
}

// join starts the programs of a node, once the API server is ready.
func (r *runner) join(ctx context.Context, plane *controlplane.ControlPlane) error {
	for _, p := range []program{kubelet, scheduler, proxy, dns} {
		config, err := plane.ConfigFor(p.user, p.groups...)
		if err != nil {
			return err
		}
		if err := controlplane.WriteKubeconfig(config, p.kubeconfig()); err != nil {
			return err
		}
	}
	starting, startingCtx := errgroup.WithContext(ctx)
	for _, p := range []program{kubelet, scheduler, proxy, dns} {
		starting.Go(func() error { return r.run(startingCtx, p) })
	}
	if err := starting.Wait(); err != nil {
		return err
	}
	if err := awaitNode(ctx, plane.Config()); err != nil {
		return err
	}
	forwarded := plane.Config()
	forwarded.Host = "https://" + net.JoinHostPort("127.0.0.1", os.Getenv(portVariable))
	return controlplane.WriteKubeconfig(forwarded, filepath.Join(inside, KubeconfigFile))
}

// run starts a program and returns when it is ready. If it ends later, the node ends too,
// unless it is being restarted.
func (r *runner) run(ctx context.Context, p program) error {
	running, err := process.Start(ctx, logFolder, p.name, p.path, p.args)
	if err != nil {
		return err
	}
	if err := running.AwaitReady(ctx, p.ready); err != nil {
		return err
	}
	r.mu.Lock()
	r.running[p.name] = running
	r.mu.Unlock()
	go func() {
		<-running.Ended()
		r.mu.Lock()
		current := r.running[p.name] == running
		r.mu.Unlock()
		if current {
			r.fail(running.Failure())
		}
	}()
	return nil
}

// restart ends a program and starts it again.
func (r *runner) restart(ctx context.Context, name string) error {
	for _, p := range []program{containerd, kubelet, scheduler, proxy, dns} {
		if p.name != name {
			continue
		}
		r.mu.Lock()
		running := r.running[name]
		delete(r.running, name)
		r.mu.Unlock()
		if running == nil {
			return fmt.Errorf("%s is not running yet", name)
		}
		running.Stop()
		return r.run(ctx, p)
	}
	return fmt.Errorf("there is no program %q that can be restarted", name)
}

// fail ends the node; the first reason counts.
func (r *runner) fail(err error) {
	select {
	case r.failed <- err:
	default:
	}
}
