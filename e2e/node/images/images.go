// Package images makes the container images of the tests, from programs that are built here: no base image and no registry
// is needed.
package images

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
)

// Image is one image of the tests.
type Image struct {
	// Name is the image's name without a registry.
	Name string
	// contents are laid out as the real image's are.
	contents contents
}

// nobody is the user that images of Prometheus run as.
const nobody = 65534

// settleVariable is the probe's own: the real sidecar sleeps a minute after Prometheus got ready.
const settleVariable = "SIDECAR_PROBE_SETTLE_TIME=1s"

// The images.
var (
	// Pause holds the namespaces of pods.
	Pause = Image{Name: "pause:1", contents: contents{
		programs:   map[string]string{"/pause": programs.Pause},
		entrypoint: []string{"/pause"},
	}}
	// Prometheus is laid out as prom/prometheus:v2.55.1.
	Prometheus = Image{Name: "prometheus:v2.55.1", contents: contents{
		programs: map[string]string{"/bin/prometheus": programs.Prometheus},
		files: map[string]string{
			"/etc/passwd":                    "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n",
			"/etc/group":                     "root:x:0:\nnobody:x:65534:\n",
			"/etc/prometheus/prometheus.yml": "scrape_configs: []\n",
		},
		owned:      []string{"/etc/prometheus", "/prometheus"},
		owner:      nobody,
		user:       "nobody",
		directory:  "/prometheus",
		volume:     "/prometheus",
		port:       "9090/tcp",
		entrypoint: []string{"/bin/prometheus"},
		command: []string{
			"--config.file=/etc/prometheus/prometheus.yml",
			"--storage.tsdb.path=/prometheus",
			"--web.console.libraries=/usr/share/prometheus/console_libraries",
			"--web.console.templates=/usr/share/prometheus/consoles",
		},
	}}
	// Sidecar is the sidecar probe, laid out as images of stackdriver-prometheus-sidecar are.
	Sidecar = Image{Name: "stackdriver-prometheus-sidecar:probe", contents: contents{
		programs:    map[string]string{"/bin/stackdriver-prometheus-sidecar": programs.SidecarProbe},
		environment: []string{settleVariable},
		port:        "9091/tcp",
		entrypoint:  []string{"/bin/stackdriver-prometheus-sidecar"},
	}}
	// LinkerdProxy serves what linkerd-viz scrapes from a meshed pod.
	LinkerdProxy = Image{Name: "linkerd-proxy:fake", contents: contents{
		programs:   map[string]string{"/linkerd-proxy": programs.LinkerdProxy},
		entrypoint: []string{"/linkerd-proxy"},
	}}
	// Workload does to its container's files what a test wants to see.
	Workload = Image{Name: "workload:1", contents: contents{
		programs:   map[string]string{"/workload": programs.Workload},
		entrypoint: []string{"/workload"},
	}}
)

// All lists the images.
var All = []Image{Pause, Prometheus, Sidecar, LinkerdProxy, Workload}

// Programs names the programs of all images, as package programs knows them.
func Programs() []string {
	var names []string
	for _, image := range All {
		names = slices.AppendSeq(names, maps.Values(image.contents.programs))
	}
	slices.Sort(names)
	return names
}

// Make builds the image's programs where they are not up to date, and makes the image of them. Layers are not compressed:
// they don't travel far.
func (i Image) Make(ctx context.Context, root string, log io.Writer) (v1.Image, error) {
	names := slices.Collect(maps.Values(i.contents.programs))
	paths, err := programs.Ensure(ctx, root, log, names...)
	if err != nil {
		return nil, err
	}
	image, err := i.contents.image(paths)
	if err != nil {
		return nil, fmt.Errorf("making the image %s: %w", i.Name, err)
	}
	return image, nil
}
