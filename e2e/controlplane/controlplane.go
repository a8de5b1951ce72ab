// Package controlplane runs a Kubernetes control plane without nodes: etcd,
// kube-apiserver and kube-controller-manager as real processes that listen on the
// loopback interface only. Deployments make ReplicaSets and ReplicaSets make pods, which
// pass all admission plugins that an API server has by default, including Pod Security.
// The pods are never run.
package controlplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/process"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
)

// Programs names the programs that a control plane consists of, as package programs knows
// them.
var Programs = []string{programs.Etcd, programs.KubeAPIServer, programs.KubeControllerManager}

// Options say how to start a control plane. All fields but Logs and Network are required.
type Options struct {
	// Dir is the folder for the kubeconfig, certificates, logs and data. The files of an
	// earlier control plane are replaced.
	Dir string
	// Programs are the paths of Programs by name, as programs.Ensure returns them.
	Programs map[string]string
	// Log receives a message when the control plane is ready, with its address.
	Log io.Writer
	// Logs is the folder for the programs' logs; a folder in Dir if empty.
	Logs string
	// Network is the network of the nodes that join the control plane; nil if there are
	// no nodes.
	Network *Network
}

// ControlPlane is a running control plane.
type ControlPlane struct {
	credentials *credentials
	config      *rest.Config
	kubeconfig  string
	processes   []*process.Process // in the order of their start
}

// Start starts a control plane and returns when it is ready: the API server answers, and
// the controllers have given the namespace default what every pod in it needs. The
// programs end with this process, however it ends, or by Stop; ctx limits only the start.
// An error holds the last log lines of the program that failed.
func Start(ctx context.Context, options Options) (*ControlPlane, error) {
	begin := time.Now()
	dir, err := clearDir(options.Dir)
	if err != nil {
		return nil, err
	}
	ports, release, err := reservePorts(3)
	if err != nil {
		return nil, err
	}
	defer release()
	setting := setting{dir: dir, etcdPort: ports[0], peerPort: ports[1], apiPort: ports[2], network: options.Network}
	if options.Network != nil {
		setting.apiPort = options.Network.Port
	}
	logs := options.Logs
	if logs == "" {
		logs = setting.path(logsFolder)
	}
	c := &ControlPlane{kubeconfig: setting.path(kubeconfigFile)}
	if c.credentials, err = writeCredentials(setting); err != nil {
		return nil, err
	}
	c.config = c.credentials.config(setting.apiPort, c.credentials.admin)
	if setting.client, err = kubernetes.NewForConfig(c.config); err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	for _, component := range setting.components() {
		if err := c.run(ctx, component, options.Programs, logs); err != nil {
			return nil, errors.Join(err, c.Stop())
		}
	}
	if err := WriteKubeconfig(c.config, c.kubeconfig); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	fmt.Fprintf(options.Log, "control plane ready after %.1f s at %s\n", time.Since(begin).Seconds(), c.config.Host)
	return c, nil
}

// clearDir returns dir as an absolute path, and removes the files of an earlier control
// plane from it.
func clearDir(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("making %s absolute: %w", dir, err)
	}
	for _, left := range []string{kubeconfigFile, etcdFolder, logsFolder, pkiFolder} {
		if err := os.RemoveAll(filepath.Join(dir, left)); err != nil {
			return "", fmt.Errorf("removing the files of an earlier control plane: %w", err)
		}
	}
	return dir, nil
}

// run starts one program and waits until it is ready.
func (c *ControlPlane) run(ctx context.Context, component component, programs map[string]string, logs string) error {
	path := programs[component.name]
	if path == "" {
		return fmt.Errorf("the path of %s is not given: get it from programs.Ensure", component.name)
	}
	started, err := process.Start(ctx, logs, component.name, path, component.args)
	if err != nil {
		return err
	}
	c.processes = append(c.processes, started)
	return started.AwaitReady(ctx, component.ready)
}

// Config returns the configuration of a cluster administrator. Requests made with it are
// not rate limited.
func (c *ControlPlane) Config() *rest.Config {
	return rest.CopyConfig(c.config)
}

// Kubeconfig returns the path of the administrator's kubeconfig.
func (c *ControlPlane) Kubeconfig() string {
	return c.kubeconfig
}

// Wait returns nil when ctx is done, and an error when one of the programs ends before
// that.
func (c *ControlPlane) Wait(ctx context.Context) error {
	ended := make(chan *process.Process)
	for _, p := range c.processes {
		go func() {
			select {
			case <-p.Ended():
				ended <- p
			case <-ctx.Done():
			}
		}()
	}
	select {
	case p := <-ended:
		return p.Failure()
	case <-ctx.Done():
		return nil
	}
}

// Stop ends the programs, the last started first, and removes the kubeconfig. It keeps
// the logs.
func (c *ControlPlane) Stop() error {
	for len(c.processes) > 0 {
		last := len(c.processes) - 1
		c.processes[last].Stop()
		c.processes = c.processes[:last]
	}
	if err := os.Remove(c.kubeconfig); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing the kubeconfig: %w", err)
	}
	return nil
}
