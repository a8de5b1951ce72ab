package live

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/images"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/standin"
	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// viz is a namespace with linkerd-viz' Prometheus.
type viz struct {
	user
	chart     charts.File
	namespace string
	// googleAddress is where Prometheus' pod finds Google, if that matters.
	googleAddress string
	// meshed says that Prometheus' pod has a container in place of Linkerd's proxy.
	meshed bool
}

// count makes the names of namespaces differ: deleting one takes a while.
var count atomic.Int32

// newViz creates the namespace and what Google's sidecar needs: the ConfigMaps and the
// annotations are there before Prometheus.
func newViz(u user, chart charts.File) viz {
	u.Helper()
	v := newNamespace(u, chart)
	v.generate()
	v.annotate()
	return v
}

// newNamespace creates the namespace, from the chart if it contains one.
func newNamespace(u user, chart charts.File) viz {
	u.Helper()
	v := viz{user: u, chart: chart, namespace: fmt.Sprintf("viz%d-%s", count.Add(1), strings.NewReplacer(".", "-", "/", "-").Replace(chart.String()))}
	v.apply(v.manifests(func(object *unstructured.Unstructured) bool { return object.GetKind() == "Namespace" }))
	return v
}

// generate applies the ConfigMaps, for rules that record as often as they may.
func (v viz) generate(flags ...string) {
	v.Helper()
	flags = append([]string{"generate", "--sidecar=stackdriver", "--viz-namespace=" + v.namespace, "--interval=10s", "--window=40s"}, flags...)
	v.kubectl(v.linkerdGCM(flags...), "apply", "-f", "-")
}

// annotate asks for Google's sidecar.
func (v viz) annotate() {
	v.Helper()
	v.kubectl("", "annotate", "namespace", v.namespace, "--overwrite",
		settings.Inject+"=enabled", settings.SidecarName+"="+string(settings.Stackdriver), settings.ProjectID+"=my-project",
		settings.Location+"=us-central1", settings.ClusterName+"=my-cluster",
		settings.SidecarImage+"="+v.Image(v.T, images.Sidecar))
}

// deploy applies what the chart renders.
func (v viz) deploy() {
	v.Helper()
	v.apply(v.manifests(func(object *unstructured.Unstructured) bool {
		if object.GetKind() == "PersistentVolumeClaim" {
			v.provide(object.GetName())
		}
		return object.GetKind() != "Namespace"
	}))
}

// manifests returns the chart's objects that wanted accepts, except objects of Linkerd's
// own types and hooks, which need Linkerd. Names are the namespace's, and Prometheus'
// image is the cluster's. What the variant has in common with the default one is read
// from there.
func (v viz) manifests(wanted func(*unstructured.Unstructured) bool) string {
	v.Helper()
	objects := v.read(v.chart.Sibling("default"))
	maps.Copy(objects, v.read(v.chart))
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(objects)) {
		object := objects[key]
		if _, hook := object.GetAnnotations()["helm.sh/hook"]; hook || strings.HasPrefix(object.GetAPIVersion(), "policy.linkerd.io/") || !wanted(object) {
			continue
		}
		if v.googleAddress != "" && object.GetKind() == "Deployment" {
			v.hostAlias(object)
		}
		if v.meshed && object.GetKind() == "Deployment" && object.GetName() == "prometheus" {
			v.addProxy(object)
		}
		document, err := yaml.Marshal(object)
		if err != nil {
			v.Fatal(err)
		}
		fmt.Fprintf(&text, "---\n%s", document)
	}
	if text.Len() == 0 { // The chart leaves the namespace to Helm.
		return fmt.Sprintf("{apiVersion: v1, kind: Namespace, metadata: {name: %s}}", v.namespace)
	}
	return text.String()
}

// hostAlias makes a Deployment's pods find Google where it is emulated.
func (v viz) hostAlias(deployment *unstructured.Unstructured) {
	v.Helper()
	alias := map[string]any{"ip": v.googleAddress, "hostnames": []any{standin.Host}}
	if err := unstructured.SetNestedSlice(deployment.Object, []any{alias}, "spec", "template", "spec", "hostAliases"); err != nil {
		v.Fatal(err)
	}
}

// chartImages are the images of containers of Prometheus' pod.
var chartImages = map[*regexp.Regexp]images.Image{
	regexp.MustCompile(`prom/prometheus:v[0-9.]+`):                                 images.Prometheus,
	regexp.MustCompile(`gcr.io/my-project/stackdriver-prometheus-sidecar:[0-9.]+`): images.Sidecar,
}

// read returns a chart's objects by their kinds and names.
func (v viz) read(chart charts.File) map[string]*unstructured.Unstructured {
	v.Helper()
	text := strings.ReplaceAll(string(chart.Read(v.T)), "linkerd-viz", v.namespace)
	for pattern, image := range chartImages {
		text = pattern.ReplaceAllLiteralString(text, v.Image(v.T, image))
	}
	// On the node of this machine, there is nothing to pull from.
	text = strings.ReplaceAll(text, "imagePullPolicy: Always", "imagePullPolicy: IfNotPresent")
	objects := map[string]*unstructured.Unstructured{}
	for document := range strings.SplitSeq(text, "\n---\n") {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(strings.TrimPrefix(document, "---\n")), &object.Object); err != nil {
			v.Fatal(err)
		}
		if object.Object != nil {
			objects[object.GetKind()+" "+object.GetName()] = object
		}
	}
	return objects
}

// provide creates a persistent volume for the claim, a folder of the node, unless the
// cluster creates volumes itself.
func (v viz) provide(claim string) {
	v.Helper()
	const class = "standard-rwo" // as the chart was rendered
	err := v.Get(v.Context(), client.ObjectKey{Name: class}, &storagev1.StorageClass{})
	if err == nil {
		return
	}
	if client.IgnoreNotFound(err) != nil {
		v.Fatal(err)
	}
	folder := "/var/lib/" + v.namespace
	v.apply(fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata: {namespace: default, name: %[1]s}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: folder, image: %[2]s, volumeMounts: [{name: folder, mountPath: /folder}]}]
  volumes: [{name: folder, hostPath: {path: %[3]s, type: DirectoryOrCreate}}]
`, v.namespace, v.Image(v.T, images.Workload), folder))
	v.kubectl("", "wait", "--for=condition=Ready", "--timeout=2m", "--namespace=default", "pod/"+v.namespace)
	pod := &corev1.Pod{}
	if err := v.Get(v.Context(), client.ObjectKey{Namespace: "default", Name: v.namespace}, pod); err != nil {
		v.Fatal(err)
	}
	v.apply(fmt.Sprintf(`
apiVersion: v1
kind: PersistentVolume
metadata: {name: %[1]s}
spec:
  storageClassName: %[2]s
  capacity: {storage: 10Gi}
  accessModes: [ReadWriteOnce]
  claimRef: {namespace: %[1]s, name: %[3]s}
  local: {path: %[4]s}
  nodeAffinity:
    required:
      nodeSelectorTerms:
      - matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [%[5]s]}]
`, v.namespace, class, claim, folder, pod.Spec.NodeName))
}

// prometheus returns the pod, once it is the only one and as wanted.
func (v viz) prometheus(what string, wanted func(*corev1.Pod) error) *corev1.Pod {
	v.Helper()
	var pod *corev1.Pod
	v.eventually("the pod of Prometheus "+what, func(ctx context.Context) error {
		pods, err := v.Pods(ctx, v.namespace, map[string]string{"linkerd.io/extension": "viz", "component": "prometheus"})
		if err != nil {
			return err
		}
		if len(pods) != 1 {
			return fmt.Errorf("there are %d pods", len(pods))
		}
		pod = &pods[0]
		return wanted(pod)
	})
	return pod
}

// runs succeeds where these containers, and no others, run.
func runs(containers ...string) func(*corev1.Pod) error {
	return func(pod *corev1.Pod) error {
		var running []string
		for _, status := range pod.Status.ContainerStatuses {
			if status.State.Running == nil {
				return fmt.Errorf("container %s is %+v", status.Name, status.State)
			}
			running = append(running, status.Name)
		}
		slices.Sort(running)
		if !slices.Equal(running, containers) {
			return fmt.Errorf("containers %s run, not %s", running, containers)
		}
		return nil
	}
}

// The containers of Prometheus' pod, with the sidecar and without.
var (
	withSidecar    = runs("prometheus", stackdriver.Name)
	withoutSidecar = runs("prometheus")
)

// ready succeeds where all containers run and are ready, and none was restarted, except
// for a cause that cannot be avoided: the sidecar ends with exit code 1 if it looks for
// the WAL before Prometheus has created it (POD010).
func ready(pod *corev1.Pod) error {
	if err := withSidecar(pod); err != nil {
		return err
	}
	for _, status := range pod.Status.ContainerStatuses {
		last := status.LastTerminationState.Terminated
		switch {
		case !status.Ready:
			return fmt.Errorf("container %s is not ready", status.Name)
		case status.RestartCount == 0:
		case status.Name != stackdriver.Name || last != nil && last.ExitCode != 1:
			return fmt.Errorf("container %s was restarted: %+v", status.Name, last)
		}
	}
	return nil
}
