package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/filelock"
)

// upTimeout is how long a cluster may take to get ready, without the time to build its
// programs.
const upTimeout = 5 * time.Minute

// up makes sure that the cluster is running and ready, and prints the path of its
// kubeconfig.
func (c *cluster) up(ctx context.Context) error {
	supervisor, err := filelock.Holder(c.lock())
	if err != nil {
		return err
	}
	if supervisor == 0 {
		if missing := c.kind().missing(); len(missing) > 0 {
			return fmt.Errorf("this machine cannot run the cluster:\n  %s", strings.Join(missing, "\n  "))
		}
		// The supervisor would build them too, but the user would not see it.
		if err := c.build(ctx); err != nil {
			return err
		}
		err = c.start(ctx)
	} else {
		err = c.awaitReady(ctx, func() bool { return true })
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(c.log, "the cluster is up; use it with\n\n  export KUBECONFIG=%s\n\nand stop it with\n\n  %s\n\n",
		c.kubeconfig(), c.kind().down)
	fmt.Fprintln(c.output, c.kubeconfig())
	return nil
}

// start starts a supervisor that continues to run after this process and its terminal, and
// waits until the cluster is ready.
func (c *cluster) start(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program's own file: %w", err)
	}
	log, err := os.Create(c.supervisorLog())
	if err != nil {
		return fmt.Errorf("making the cluster's log: %w", err)
	}
	defer log.Close()
	supervisor := exec.CommandContext(context.WithoutCancel(ctx), self, "run", "--dir", c.dir, "--node="+strconv.FormatBool(c.node))
	supervisor.Dir = c.root
	supervisor.Stdout, supervisor.Stderr = log, log
	supervisor.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := supervisor.Start(); err != nil {
		return fmt.Errorf("starting the cluster: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = supervisor.Wait() // The cause of an error is in its log.
	}()
	err = c.awaitReady(ctx, func() bool {
		select {
		case <-ended:
			return true
		default:
			return false
		}
	})
	if err != nil {
		// Stop what has already been started.
		_ = supervisor.Process.Signal(syscall.SIGTERM)
		<-ended
	}
	return err
}

// awaitReady returns when the cluster's API server is ready. It returns an error if no
// supervisor holds the lock and gone reports that none is going to take it.
func (c *cluster) awaitReady(ctx context.Context, gone func() bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, upTimeout,
		fmt.Errorf("it took longer than %s; read %s, and run: %s", upTimeout, c.supervisorLog(), c.kind().down))
	defer cancel()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		noneComing := gone()
		supervisor, err := filelock.Holder(c.lock())
		switch {
		case err != nil:
			return err
		case supervisor == 0 && noneComing:
			log, err := os.ReadFile(c.supervisorLog())
			return errors.Join(fmt.Errorf("the cluster did not start:\n%s", log), err)
		case supervisor != 0 && c.ready(ctx) == nil:
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the cluster: %w", context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

// ready returns nil if the API server answers. The kubeconfig of an earlier cluster does
// not work: its certificates are not valid any more.
func (c *cluster) ready(ctx context.Context) error {
	config, err := clientcmd.BuildConfigFromFlags("", c.kubeconfig())
	if err != nil {
		return fmt.Errorf("reading the cluster's kubeconfig: %w", err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
}
