package main

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"gomodules.xyz/jsonpatch/v2"
	admissionv1 "k8s.io/api/admission/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/controlplane"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/injector"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

const namespace = "linkerd-viz"

// side is one of the two webhooks: the labels of pods by which the API server calls it,
// and how many containers such pods have afterwards.
type side struct {
	labels     map[string]string
	containers int
}

// The sides: the injector, a webhook that does nothing, and one that decides nothing, but
// reads what the injector reads and adds what the injector adds.
var (
	injected  = side{map[string]string{"linkerd.io/extension": "viz", "component": "prometheus"}, 2}
	noOp      = side{map[string]string{"bench": "no-op"}, 1}
	undecided = side{map[string]string{"bench": "undecided"}, 2}
)

// bench is a namespace that asks for the sidecar, and the injector that answers.
type bench struct {
	cluster  *kubeclient.Cluster
	injector *injector.Injector
	client   client.Client
}

// prepare makes the namespace with its ConfigMaps, and a webhook that does nothing.
func (b *bench) prepare(ctx context.Context, linkerdGCM string) error {
	config := rest.CopyConfig(b.cluster.Config)
	config.QPS, config.WarningHandler = -1, rest.NoWarnings{}
	var err error
	if b.client, err = client.New(config, client.Options{}); err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	configMaps, err := exec.CommandContext(ctx, linkerdGCM, "generate", "--sidecar", "stackdriver", "--viz-namespace", namespace).Output()
	if err != nil {
		return fmt.Errorf("generating ConfigMaps: %w", err)
	}
	asking := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace, Annotations: map[string]string{
		settings.Inject: "enabled", settings.ProjectID: "my-project", settings.Location: "us-central1", settings.ClusterName: "bench",
		settings.SidecarImage: "registry.example.com/stackdriver-prometheus-sidecar:0.10.1",
	}}}
	if err := b.client.Create(ctx, asking); err != nil {
		return fmt.Errorf("making a namespace: %w", err)
	}
	if _, err := b.cluster.ApplyYAML(ctx, string(configMaps)); err != nil {
		return err
	}
	if err := b.register(ctx, noOp, nil, func(context.Context) error { return nil }); err != nil {
		return err
	}
	reads, err := b.reads(ctx)
	if err != nil {
		return err
	}
	additions, err := b.additions(ctx)
	if err != nil {
		return err
	}
	return b.register(ctx, undecided, additions, reads)
}

// additions returns what the injector adds to a pod.
func (b *bench) additions(ctx context.Context) ([]jsonpatch.Operation, error) {
	pod := podWith(injected.labels)
	before := pod.DeepCopy()
	if err := b.client.Create(ctx, pod, client.DryRunAll); err != nil {
		return nil, fmt.Errorf("creating a pod: %w", err)
	}
	operations := []jsonpatch.Operation{jsonpatch.NewOperation("add", "/metadata/annotations", pod.Annotations)}
	for _, volume := range pod.Spec.Volumes[len(before.Spec.Volumes):] {
		operations = append(operations, jsonpatch.NewOperation("add", "/spec/volumes/-", volume))
	}
	for _, mount := range pod.Spec.Containers[0].VolumeMounts[len(before.Spec.Containers[0].VolumeMounts):] {
		operations = append(operations, jsonpatch.NewOperation("add", "/spec/containers/0/volumeMounts/-", mount))
	}
	return append(operations, jsonpatch.NewOperation("add", "/spec/containers/-", pod.Spec.Containers[1])), nil
}

// reads returns a function that reads what the injector reads, with its permissions, as
// it does: the namespace and the ConfigMaps at the same time. It throws away what it gets.
func (b *bench) reads(ctx context.Context) (func(context.Context) error, error) {
	config, err := controlplane.ServiceAccountConfig(ctx, b.cluster.Config, manifests.DefaultNamespace, "gcm-injector")
	if err != nil {
		return nil, err
	}
	config.QPS, config.ContentType = -1, runtime.ContentTypeProtobuf
	clientset, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	core := clientset.CoreV1().RESTClient()
	return func(ctx context.Context) error {
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() error { return core.Get().Resource("namespaces").Name(namespace).Do(ctx).Error() })
		for _, name := range []string{settings.DefaultRulesConfigMap, settings.DefaultSidecarConfigMap, viz.ConfigMap} {
			group.Go(func() error {
				err := core.Get().Namespace(namespace).Resource("configmaps").Name(name).Do(ctx).Error()
				return client.IgnoreNotFound(err)
			})
		}
		return group.Wait()
	}, nil
}

// register serves a webhook that decodes the pods of one side, does something and adds
// something, until the context is done. A label shows that it was called.
func (b *bench) register(ctx context.Context, of side, additions []jsonpatch.Operation, do func(context.Context) error) error {
	name := of.labels["bench"]
	patch, err := json.Marshal(append(additions, jsonpatch.NewOperation("add", "/metadata/labels/bench-called", "true")))
	if err != nil {
		return fmt.Errorf("encoding the patch of the webhook %s: %w", name, err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { allow(w, r, patch, do) }))
	server.EnableHTTP2 = true
	server.StartTLS()
	context.AfterFunc(ctx, server.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	err = b.client.Create(ctx, &admissionregistrationv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "bench-" + name},
		Webhooks: []admissionregistrationv1.MutatingWebhook{{
			Name:                    name + ".bench.example.com",
			ClientConfig:            admissionregistrationv1.WebhookClientConfig{URL: ptr.To(server.URL), CABundle: ca},
			ObjectSelector:          &metav1.LabelSelector{MatchLabels: of.labels},
			SideEffects:             ptr.To(admissionregistrationv1.SideEffectClassNone),
			AdmissionReviewVersions: []string{"v1"},
			FailurePolicy:           ptr.To(admissionregistrationv1.Fail),
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
			}},
		}},
	})
	if err != nil {
		return fmt.Errorf("registering the webhook %s: %w", name, err)
	}
	// The API server learns of it in its own time.
	return kubeclient.Eventually(ctx, "the webhook "+name+" to be called", func(ctx context.Context) error {
		pod := podWith(of.labels)
		if err := b.client.Create(ctx, pod, client.DryRunAll); err != nil {
			return err
		}
		if pod.Labels["bench-called"] == "" {
			return errors.New("it is not called")
		}
		return nil
	})
}

// allow answers as a webhook that decodes the pod, does something and patches it.
func allow(w http.ResponseWriter, r *http.Request, patch []byte, do func(context.Context) error) {
	var review admissionv1.AdmissionReview
	var pod corev1.Pod
	err := json.NewDecoder(r.Body).Decode(&review)
	if err == nil {
		err = json.Unmarshal(review.Request.Object.Raw, &pod)
	}
	if err == nil {
		err = do(r.Context())
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	review.Response = &admissionv1.AdmissionResponse{
		UID: review.Request.UID, Allowed: true, PatchType: ptr.To(admissionv1.PatchTypeJSONPatch),
		Patch: patch,
	}
	review.Request = nil
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(review) // The API server sees what is missing.
}

// podWith returns a pod as linkerd-viz' Prometheus is, with labels.
func podWith(labels map[string]string) *corev1.Pod {
	probe := &corev1.Probe{
		ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/-/ready", Port: intstr.FromInt32(9090)}}, TimeoutSeconds: 30,
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, GenerateName: "prometheus-", Labels: maps.Clone(labels)},
		Spec: corev1.PodSpec{
			AutomountServiceAccountToken: ptr.To(false),
			SecurityContext:              &corev1.PodSecurityContext{FSGroup: ptr.To[int64](65534)},
			Containers: []corev1.Container{{
				Name: "prometheus", Image: "prom/prometheus:v2.55.1",
				Args: []string{
					"--log.level=info", "--log.format=logfmt", "--config.file=/etc/prometheus/prometheus.yml",
					"--storage.tsdb.path=/data", "--storage.tsdb.retention.time=6h",
				},
				Ports:          []corev1.ContainerPort{{Name: "admin", ContainerPort: 9090}},
				ReadinessProbe: probe,
				LivenessProbe:  probe,
				SecurityContext: &corev1.SecurityContext{
					RunAsUser: ptr.To[int64](65534), RunAsGroup: ptr.To[int64](65534), RunAsNonRoot: ptr.To(true),
				},
				VolumeMounts: []corev1.VolumeMount{
					{Name: "data", MountPath: "/data"},
					{Name: "prometheus-config", MountPath: "/etc/prometheus/prometheus.yml", SubPath: "prometheus.yml", ReadOnly: true},
				},
			}},
			Volumes: []corev1.Volume{
				{Name: "data", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
				{Name: "prometheus-config", VolumeSource: corev1.VolumeSource{
					ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "prometheus-config"}},
				}},
			},
		},
	}
}

// admit has pods admitted as dry runs, by so many clients at once, and returns how long
// each took in milliseconds.
func (b *bench) admit(ctx context.Context, of side, clients, each int) ([]float64, error) {
	taken := make([][]float64, clients)
	group, ctx := errgroup.WithContext(ctx)
	for i := range clients {
		group.Go(func() error {
			for range each {
				pod := podWith(of.labels)
				started := time.Now()
				if err := b.client.Create(ctx, pod, client.DryRunAll); err != nil {
					return fmt.Errorf("creating a pod: %w", err)
				}
				taken[i] = append(taken[i], float64(time.Since(started).Nanoseconds())/nanosPerMilli)
				if len(pod.Spec.Containers) != of.containers {
					return errors.New("a pod was not injected; the injector's log says why")
				}
			}
			return nil
		})
	}
	err := group.Wait()
	return slices.Concat(taken...), err
}

// latencies compares the time of an admission with that of one that the other webhook
// answers.
func (b *bench) latencies(ctx context.Context) ([]figure, error) {
	const rounds, requests = 6, 160
	var figures []figure
	for _, clients := range []int{1, 8, 32} {
		var ours, theirs, floor []float64
		for range rounds { // in turns, so that both meet the same machine
			each := max(requests/clients, 10)
			with, err := b.admit(ctx, injected, clients, each)
			if err != nil {
				return nil, err
			}
			without, err := b.admit(ctx, noOp, clients, each)
			if err != nil {
				return nil, err
			}
			least, err := b.admit(ctx, undecided, clients, each)
			if err != nil {
				return nil, err
			}
			ours, theirs, floor = append(ours, with...), append(theirs, without...), append(floor, least...)
		}
		what := fmt.Sprintf("through the API server, p50 of %d clients (%.1f ms), against a no-op webhook", clients, median(ours))
		figures = append(figures, figure{what, median(ours) / median(theirs), 1.5, times},
			figure{fmt.Sprintf("  reading and adding the same, deciding nothing (%.1f ms)", median(floor)), median(floor) / median(theirs), 0, times})
	}
	return figures, nil
}

// starts measures the time from the start of a process until it is ready.
func (b *bench) starts(ctx context.Context) ([]figure, error) {
	var taken []float64
	for range 5 {
		b.injector.Stop()
		started := time.Now()
		if err := b.injector.Restart(ctx); err != nil {
			return nil, err
		}
		taken = append(taken, float64(time.Since(started).Nanoseconds())/nanosPerMilli)
	}
	return []figure{{"start to ready, asked every 50 ms", median(taken), 300, milliseconds}}, nil
}

// memory measures what the process holds after its start, after many injections, and
// beside many ConfigMaps that are none of its business.
func (b *bench) memory(ctx context.Context) ([]figure, error) {
	const manyInjections, manyConfigMaps = 2000, 6000
	fresh := func() (float64, error) {
		b.injector.Stop()
		if err := b.injector.Restart(ctx); err != nil {
			return 0, err
		}
		return resident(b.injector.Process().PID())
	}
	idle, err := fresh()
	if err != nil {
		return nil, err
	}
	if _, err := b.admit(ctx, injected, 4, manyInjections/4); err != nil {
		return nil, err
	}
	busy, err := resident(b.injector.Process().PID())
	if err != nil {
		return nil, err
	}
	if err := b.fill(ctx, manyConfigMaps); err != nil {
		return nil, err
	}
	beside, err := fresh()
	if err != nil {
		return nil, err
	}
	return []figure{
		{"resident memory, idle", idle, 40, mebibytes},
		{fmt.Sprintf("  after %d injections", manyInjections), busy, 50, mebibytes},
		{fmt.Sprintf("  with %d ConfigMaps in the cluster", manyConfigMaps), beside, 40, mebibytes},
	}, nil
}

// fill makes ConfigMaps in another namespace.
func (b *bench) fill(ctx context.Context, count int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for i := range count {
		group.Go(func() error {
			configMap := &corev1.ConfigMap{
				ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: fmt.Sprintf("bench-%d", i)},
				Data:       map[string]string{"text": strings.Repeat("x", 1000)},
			}
			if err := b.client.Create(ctx, configMap); err != nil {
				return fmt.Errorf("making ConfigMaps: %w", err)
			}
			return nil
		})
	}
	return group.Wait()
}

// resident returns the memory of a process that is in RAM, in MiB
// (proc_pid_status(5), VmRSS).
func resident(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("reading the injector's memory: %w", err)
	}
	for line := range strings.Lines(string(status)) {
		fields := strings.Fields(line)
		if len(fields) > 1 && fields[0] == "VmRSS:" {
			kibibytes, err := strconv.ParseFloat(fields[1], 64)
			return kibibytes / 1024, err
		}
	}
	return 0, errors.New("reading the injector's memory: /proc has no VmRSS for it")
}
