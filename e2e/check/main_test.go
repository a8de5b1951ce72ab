// Package check holds the tests of linkerd-gcm check on a real API server: what it says
// of healthy clusters, and of those that lack something. There are no nodes: the tests
// write the status of pods that kubelet would write.
package check

import (
	"context"
	"flag"
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/injector"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/testplane"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var update = flag.Bool("update", false, "write golden files instead of comparing them")

// What all tests share. They run one after the other, since check looks at the whole
// cluster.
var (
	kubernetes *kubeclient.Cluster
	gcm        *injector.Injector
	linkerdGCM string
	// before is what check says of a cluster without linkerd-gcm, by form.
	before map[string]outcome
)

func TestMain(m *testing.M) {
	os.Exit(testplane.Run(m, []string{programs.GCMInjector, programs.LinkerdGCM}, setUp))
}

// setUp runs check on the empty cluster, and then starts the injector.
func setUp(ctx context.Context, plane testplane.Plane) (tearDown func(failed bool), err error) {
	kubernetes, linkerdGCM = plane.Cluster, plane.Programs[programs.LinkerdGCM]
	if before, err = checkBefore(ctx, kubernetes.Kubeconfig); err != nil {
		return nil, err
	}
	gcm, err = injector.Start(ctx, injector.Options{
		Cluster: kubernetes, Program: plane.Programs[programs.GCMInjector], Dir: plane.Dir,
		Flags: []string{"--sidecar-image=" + image},
	})
	if err != nil {
		return nil, err
	}
	return func(failed bool) {
		gcm.Stop()
		if failed {
			gcm.PrintLog(os.Stderr)
		}
	}, nil
}

// checkBefore runs check on a cluster in which there is nothing yet, as users and as
// Linkerd do.
func checkBefore(ctx context.Context, kubeconfig string) (map[string]outcome, error) {
	before := map[string]outcome{}
	run := func(what string, arguments ...string) (err error) {
		before[what], err = execute(ctx, append([]string{"check", "--kubeconfig=" + kubeconfig}, arguments...)...)
		return err
	}
	for _, form := range forms {
		if err := run(form, "--wait=0s", "--output="+form); err != nil {
			return nil, err
		}
	}
	asLinkerd := append(linkerdsArguments, "--output=json")
	if err := run("linkerd", asLinkerd...); err != nil {
		return nil, err
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "viz-before", Annotations: map[string]string{settings.Inject: "enabled"}}}
	if err := kubernetes.Create(ctx, namespace); err != nil {
		return nil, err
	}
	if err := run("linkerd, annotated", asLinkerd...); err != nil {
		return nil, err
	}
	return before, kubernetes.Delete(ctx, namespace)
}
