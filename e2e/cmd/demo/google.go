package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/util/cert"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/filelock"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/httpget"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/images"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/process"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/standin"
)

// makeGoogleFiles makes the emulator's certificate and the key of a service account, which
// nobody else knows, unless an earlier demonstration on this node has made them.
func (d *demo) makeGoogleFiles(context.Context) error {
	if _, err := os.Stat(d.path("google.json")); err == nil {
		return nil
	}
	certificate, key, err := cert.GenerateSelfSignedCertKey(standin.Host, nil, nil)
	if err != nil {
		return fmt.Errorf("making a certificate of %s: %w", standin.Host, err)
	}
	account, err := standin.ServiceAccountKey()
	if err != nil {
		return err
	}
	var errs []error
	for name, text := range map[string][]byte{"google.crt": certificate, "google.key": key, "google.json": account} {
		errs = append(errs, os.WriteFile(d.path(name), text, 0o600))
	}
	return errors.Join(errs...)
}

// showGoogle runs the emulator, makes the chart's values lead to it, and shows its page.
func (d *demo) showGoogle(ctx context.Context) error {
	d.Tell("Start gcm-emulator in place of Google Cloud Monitoring. It accepts and refuses points as Google does; nothing leaves this machine.")
	if err := d.Stage.Run(ctx, "kubectl delete namespace google --ignore-not-found"); err != nil {
		return err
	}
	certificate, err := os.ReadFile(d.path("google.crt"))
	if err != nil {
		return fmt.Errorf("reading the emulator's certificate: %w", err)
	}
	key, err := os.ReadFile(d.path("google.key"))
	if err != nil {
		return fmt.Errorf("reading the emulator's key: %w", err)
	}
	if _, err := d.ApplyYAML(ctx, standin.Objects(standin.Name, host+images.Google.Name, certificate, key)+service); err != nil {
		return err
	}
	if err := d.Stage.Run(ctx, "kubectl -n google wait pod/google --for condition=Ready --timeout 2m"); err != nil {
		return err
	}
	var found corev1.Service
	if err := d.Get(ctx, client.ObjectKey{Namespace: standin.Name, Name: standin.Name}, &found); err != nil {
		return fmt.Errorf("reading the emulator's Service: %w", err)
	}
	if err := os.WriteFile(d.path("viz-values.yaml"), []byte(vizValues(found.Spec.ClusterIP)), 0o600); err != nil {
		return fmt.Errorf("writing the chart's values: %w", err)
	}
	return d.showPage(ctx)
}

// service leads to the emulator, whose pod may be another one after a while.
var service = fmt.Sprintf(`
---
apiVersion: v1
kind: Service
metadata: {namespace: %[1]s, name: %[1]s}
spec: {selector: {app: %[1]s}, ports: [{name: grpc, port: 443}, {name: web, port: %[2]d}]}
`, standin.Name, standin.Port)

// showPage makes the emulator's page reachable from this machine, and from no other.
func (d *demo) showPage(ctx context.Context) error {
	if err := d.stopInBackground(ctx, "page"); err != nil {
		return err
	}
	port, err := process.FreePort(ctx)
	if err != nil {
		return err
	}
	d.page = fmt.Sprintf("http://127.0.0.1:%d/", port)
	ready := func() bool { return httpget.OK(ctx, d.page+"counts") == nil }
	if err := d.startInBackground(ctx, "page", port, ready); err != nil {
		return err
	}
	d.Line("its page, in a browser on this machine: %s", d.page)
	return nil
}

// runPage forwards a port to the emulator until it is interrupted or the node is stopped.
func (d *demo) runPage(ctx context.Context, port int) error {
	mine, err := filelock.Try(d.path("page.lock"))
	if err != nil {
		return fmt.Errorf("the page is already served: %w", err)
	}
	defer mine.Close()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		// A forwarded port ends with its connection: with the pod, for one.
		for ctx.Err() == nil {
			forward := exec.CommandContext(ctx, filepath.Join(d.Root, ".cluster", "bin", programs.Kubectl), "--kubeconfig", d.Kubeconfig,
				"--namespace", "google", "port-forward", "--address", "127.0.0.1", "service/google", fmt.Sprintf("%d:%d", port, standin.Port))
			forward.Stdout, forward.Stderr = os.Stdout, os.Stderr
			if err := forward.Run(); err != nil {
				fmt.Fprintln(os.Stderr, "forwarding a port to the emulator:", err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}()
	return d.awaitClusterEnd(ctx)
}

// showCredentials gives Prometheus' pod what Workload Identity gives it on GKE.
func (d *demo) showCredentials(ctx context.Context) error {
	d.Tell("Outside GKE, the exporter needs a service account's key. This one is of nobody: the emulator does not look at it.")
	return d.Stage.Run(ctx, fmt.Sprintf("kubectl -n %s create secret generic google --from-file=key.json=%s", namespace, d.path("google.json")))
}
