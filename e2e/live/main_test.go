// Package live tests linkerd-gcm on a cluster whose containers run, from the project's
// own commands, as a user types them. All tests share one installation, which the first
// one makes. Each has namespaces of its own. What needs no running containers is tested
// elsewhere, on a control plane without nodes.
package live

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/testcluster"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

// user is somebody with kubectl and linkerd-gcm. Where a command of theirs fails, the test fails.
type user struct {
	*testing.T
	*testcluster.Cluster
	programs map[string]string
}

// newUser returns a user of a cluster with linkerd-gcm installed.
func newUser(t *testing.T) user {
	t.Helper()
	u := user{T: t, Cluster: testcluster.Start(t)}
	var err error
	if u.programs, err = built(); err != nil {
		t.Fatal(err)
	}
	if u.installed() {
		u.scale(2) // whatever a failed test has left
	} else {
		u.install(u.TrustingInjector(t, "linkerd-gcm", googleAuthority(t).CertificatePEM()))
	}
	return u
}

// built returns the paths of the programs that users run.
var built = sync.OnceValues(func() (map[string]string, error) {
	root, err := checkout.Root()
	if err != nil {
		return nil, err
	}
	return programs.Ensure(context.Background(), root, os.Stderr, programs.Kubectl, programs.LinkerdGCM)
})

// injector is the name of the Deployment, the Service and other objects.
const injector = "gcm-injector"

// install installs linkerd-gcm from an image, or upgrades it to that image, and returns once
// the injector is ready.
func (u user) install(image string) {
	u.Helper()
	u.kubectl(u.linkerdGCM("install", "--image="+image), "apply", "-f", "-")
	u.kubectl("", "--namespace="+manifests.DefaultNamespace, "rollout", "status", "deployment/"+injector, "--timeout=2m")
	u.awaitReplicas(2)
}

// installed says whether an earlier test has left linkerd-gcm behind.
func (u user) installed() bool {
	u.Helper()
	return u.kubectl("", "get", "namespace", manifests.DefaultNamespace, "--ignore-not-found", "--output=name") != ""
}

// awaitReplicas waits until the Service has this many ready replicas, and there are no
// other pods: without a ready one, the Service routes to those that are being deleted.
func (u user) awaitReplicas(want int) {
	u.Helper()
	u.eventually(fmt.Sprintf("the Service has %d ready addresses", want), func(ctx context.Context) error {
		var slices discoveryv1.EndpointSliceList
		err := u.List(ctx, &slices, client.InNamespace(manifests.DefaultNamespace),
			client.MatchingLabels{discoveryv1.LabelServiceName: injector})
		if err != nil {
			return err
		}
		ready := 0
		for _, slice := range slices.Items {
			for _, endpoint := range slice.Endpoints {
				if endpoint.Conditions.Ready != nil && *endpoint.Conditions.Ready {
					ready++
				}
			}
		}
		var pods corev1.PodList
		if err := u.List(ctx, &pods, client.InNamespace(manifests.DefaultNamespace), client.MatchingLabels{"component": injector}); err != nil {
			return err
		}
		if ready != want || len(pods.Items) != want {
			return fmt.Errorf("it has %d, and there are %d pods", ready, len(pods.Items))
		}
		return nil
	})
}

// injectors returns the injector's pods.
func (u user) injectors() []corev1.Pod {
	u.Helper()
	pods, err := u.Pods(u.Context(), manifests.DefaultNamespace, map[string]string{"component": injector})
	if err != nil {
		u.Fatal(err)
	}
	return pods
}

// kubectl runs kubectl and returns what it prints.
func (u user) kubectl(stdin string, arguments ...string) string {
	u.Helper()
	stdout, stderr, err := u.run(u.Context(), programs.Kubectl, stdin, arguments...)
	if err != nil {
		u.Fatalf("kubectl %s: %v\n%s%s", strings.Join(arguments, " "), err, stdout, stderr)
	}
	return stdout
}

// linkerdGCM runs the CLI and returns what it prints.
func (u user) linkerdGCM(arguments ...string) string {
	u.Helper()
	stdout, stderr, err := u.run(u.Context(), programs.LinkerdGCM, "", arguments...)
	if err != nil {
		u.Fatalf("linkerd-gcm %s: %v\n%s%s", strings.Join(arguments, " "), err, stdout, stderr)
	}
	return stdout
}

func (u user) run(ctx context.Context, program, stdin string, arguments ...string) (stdout, stderr string, err error) {
	u.Helper()
	command := exec.CommandContext(ctx, u.programs[program], arguments...)
	command.Env = append(os.Environ(), "KUBECONFIG="+u.Kubeconfig)
	command.Stdin = strings.NewReader(stdin)
	var messages strings.Builder
	command.Stderr = &messages
	printed, err := command.Output()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		u.Fatalf("starting %s: %v", program, err)
	}
	return string(printed), messages.String(), err
}

// eventually waits until there is no error, with a limit for a busy machine.
func (u user) eventually(what string, try func(context.Context) error) {
	u.Helper()
	if err := kubeclient.Eventually(u.Context(), what, try); err != nil {
		u.Fatal(err)
	}
}

// apply applies manifests, and deletes what they make when the test ends.
func (u user) apply(manifests string) {
	u.Helper()
	u.Cleanup(func() {
		delete := exec.Command(u.programs[programs.Kubectl], "--kubeconfig="+u.Kubeconfig, "delete", "--ignore-not-found", "--wait=false", "-f", "-")
		delete.Stdin = strings.NewReader(manifests)
		if output, err := delete.CombinedOutput(); err != nil {
			u.Errorf("deleting what the test has created: %v\n%s", err, output)
		}
	})
	u.kubectl(manifests, "apply", "-f", "-")
}
