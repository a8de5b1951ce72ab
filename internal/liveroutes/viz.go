package liveroutes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/linkerd-gcm/linkerd-gcm/internal/linkerdpolicy"
	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/routes"
	"github.com/linkerd-gcm/linkerd-gcm/sidecars"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// Viz is linkerd-viz' Prometheus as a cluster has it.
type Viz struct {
	routes.Viz

	// Servers are those on Prometheus' port, and Policies those of its namespace.
	Servers  []linkerdpolicy.Server
	Policies linkerdpolicy.Set
	// Open are policies that let everybody in and are not linkerd-viz' own.
	Open []linkerdpolicy.Grant
	// Pods counts Prometheus' pods, and Ready those that are ready; Pods is negative where
	// they may not be read.
	Pods, Ready int
	pod         string // one that is ready
	// remotes are those to which its configuration has remote write, where configured says that
	// it could be read.
	remotes    []remote
	configured bool
	// DefaultPolicy is what its proxy does where no Server is for a port; "" where it is not known.
	DefaultPolicy string
	// Service is the name of Prometheus' Service.
	Service string
	// Exporter is the container that exports to Google; "" for none.
	Exporter string
	// Notes say what could not be read, and what is assumed in its place.
	Notes []string
}

var errNoViz = errors.New("no Service of linkerd-viz' Prometheus")

// Viz reads linkerd-viz' Prometheus in a namespace.
func (c *Cluster) Viz(ctx context.Context, namespace string) (Viz, error) {
	at := "/api/v1/namespaces/" + namespace
	selector := labels.SelectorFromSet(viz.PrometheusLabels()).String()
	services, _, err := list[corev1.Service](ctx, c, at+"/services", selector)
	if err != nil {
		return Viz{}, fmt.Errorf("reading linkerd-viz: %w; give --viz-version to use no cluster", err)
	}
	if len(services) == 0 {
		return Viz{}, fmt.Errorf("namespace %s has %w (labels %s): name linkerd-viz' namespace with --viz-namespace, "+
			"or give --viz-version to use no cluster", namespace, errNoViz, selector)
	}
	v := Viz{Service: services[0].Name}
	release := v.release(services[0])
	v.Viz = routes.OfRelease(release, namespace)
	v.Version = cmp.Or(createdBy(services[0]), release.Name)
	port := linkerdpolicy.Port{Namespace: namespace, Labels: services[0].Spec.Selector, Number: viz.PrometheusPort}
	for _, p := range services[0].Spec.Ports {
		if p.Port == viz.PrometheusPort {
			v.PortName, port.Name = p.Name, p.Name
		}
	}
	v.readPods(ctx, c, at+"/pods", selector, &port)
	v.readJobs(ctx, c, at+"/configmaps/"+viz.ConfigMap)
	v.readPolicies(ctx, c, port, services[0].Annotations[linkerdpolicy.CreatedBy])
	return v, nil
}

// createdBy is the version that has made a Service, as Linkerd's annotation says.
func createdBy(s corev1.Service) string {
	return versionOf(s.Annotations[linkerdpolicy.CreatedBy])
}

func (v *Viz) release(s corev1.Service) viz.Release {
	version := createdBy(s)
	release, err := viz.FindRelease(version)
	if err != nil {
		release = viz.LatestRelease()
		v.note("linkerd-viz' version is not known (annotation linkerd.io/created-by of Service %s is %q): %s is assumed", s.Name, version, release.Name)
	}
	return release
}

func (v *Viz) note(format string, args ...any) {
	v.Notes = append(v.Notes, fmt.Sprintf(format, args...))
}

// readPods counts Prometheus' pods, and reads how they call its port.
func (v *Viz) readPods(ctx context.Context, c *Cluster, path, selector string, port *linkerdpolicy.Port) {
	pods, _, err := list[pod](ctx, c, path, selector)
	if err != nil {
		v.Pods = -1
		v.note("Prometheus' pods are not known: %s", err)
		v.Retention = 0
		return
	}
	for _, p := range pods {
		v.Pods++
		if p.ready() {
			v.Ready++
			v.pod = p.Name
		}
		port.Labels = p.Labels
		v.DefaultPolicy = p.defaultPolicy()
		if sidecar := sidecars.Find(&p.Spec); sidecar != nil {
			v.Exporter = sidecar.Name
		}
		for i := range p.Spec.Containers {
			if container := &p.Spec.Containers[i]; container.Name == viz.PrometheusContainer {
				flags := podspec.PrometheusFlags(container)
				v.PathPrefix, v.Retention = podspec.PathPrefix(flags), retention(flags)
			}
		}
		port.Name = cmp.Or(portName(p.Spec), port.Name)
	}
}

// retention is how long Prometheus keeps samples, by its flags (cmd/prometheus/main.go); 0
// where that depends on their size, too.
func retention(flags podspec.Flags) time.Duration {
	const byDefault = 15 * 24 * time.Hour
	text := cmp.Or(flags.Value("--storage.tsdb.retention.time"), flags.Value("--storage.tsdb.retention"))
	kept, err := model.ParseDuration(text)
	switch {
	case flags.Value("--storage.tsdb.retention.size") != "" || text != "" && err != nil:
		return 0
	case kept == 0:
		return byDefault
	}
	return time.Duration(kept)
}

// readJobs reads which scrape jobs there are.
func (v *Viz) readJobs(ctx context.Context, c *Cluster, path string) {
	var configMap corev1.ConfigMap
	found, err := c.get(ctx, path, &configMap)
	if err == nil && !found {
		err = fmt.Errorf("there is no ConfigMap %s", viz.ConfigMap)
	}
	if err != nil {
		v.note("Prometheus' scrape jobs are not known, those of the charts are assumed: %s", err)
		return
	}
	text := configMap.Data[viz.ConfigKey]
	config, err := viz.ReadPrometheusConfig(text)
	if err != nil {
		v.note("Prometheus' scrape jobs are not known, those of the charts are assumed: %s of ConfigMap %s: %s", viz.ConfigKey, viz.ConfigMap, err)
		return
	}
	v.remotes = remotesOf(text)
	v.RemoteWrite = len(v.remotes) > 0
	v.configured = true
	if job, is := config.Job(viz.ProxyJob); is {
		v.ScrapeInterval = job.Interval
	}
	if jobs := routes.LinkerdJobs(config); len(jobs) > 0 {
		v.Jobs = jobs
	}
}

// readPolicies reads who is let in by a linkerd-viz that something has made.
func (v *Viz) readPolicies(ctx context.Context, c *Cluster, port linkerdpolicy.Port, createdBy string) {
	set, version, err := c.policies(ctx, port.Namespace)
	if err != nil {
		v.note("Linkerd's policies are not known, those of the charts are assumed: %s", err)
		return
	}
	for _, unread := range set.Unread {
		v.note("whom Linkerd's policies let in is not known: %s may not be read, to which one refers", unread)
	}
	v.Policies = set
	v.PolicyVersion = cmp.Or(version, v.PolicyVersion)
	v.Servers = set.ServersOf(port)
	v.Open, v.Server = opened(set, v.Servers, createdBy)
}

// portName is what a pod of Prometheus calls its port; "" for no name.
func portName(spec corev1.PodSpec) string {
	for _, container := range spec.Containers {
		for _, p := range container.Ports {
			if p.ContainerPort == viz.PrometheusPort {
				return p.Name
			}
		}
	}
	return ""
}
