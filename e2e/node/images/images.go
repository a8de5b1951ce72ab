// Package images makes the container images of the tests, from programs that are built
// here, and some that are installed on this machine: no base image and no registry is
// needed. The image that a release uploads is not among them: package release makes that.
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
	// contents has the same layout as the real image.
	contents contents
}

// nobody is the user that images of Prometheus run as.
const nobody = 65534

// settleVariable is a setting of the probe. The real sidecar always sleeps a minute after
// Prometheus is ready.
const settleVariable = "SIDECAR_PROBE_SETTLE_TIME=1s"

// The images.
var (
	// Pause keeps the namespaces of pods.
	Pause = Image{Name: "pause:1", contents: contents{
		programs:   map[string]string{"/pause": programs.Pause},
		entrypoint: []string{"/pause"},
	}}
	// Prometheus has the layout of prom/prometheus:v2.55.1, and of its busybox what people use.
	Prometheus = Image{Name: "prometheus:v2.55.1", contents: contents{
		programs:  map[string]string{"/bin/prometheus": programs.Prometheus},
		installed: map[string]string{"/bin/wget": busybox},
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
	// Sidecar is the sidecar probe, with the layout of images of
	// stackdriver-prometheus-sidecar.
	Sidecar = Image{Name: "stackdriver-prometheus-sidecar:probe", contents: contents{
		programs:    map[string]string{"/bin/stackdriver-prometheus-sidecar": programs.SidecarProbe},
		environment: []string{settleVariable},
		port:        "9091/tcp",
		entrypoint:  []string{"/bin/stackdriver-prometheus-sidecar"},
	}}
	// LinkerdProxy serves the metrics that linkerd-viz scrapes from a meshed pod.
	LinkerdProxy = Image{Name: "linkerd-proxy:fake", contents: contents{
		programs:   map[string]string{"/linkerd-proxy": programs.LinkerdProxy},
		entrypoint: []string{"/linkerd-proxy"},
	}}
	// Google answers in place of Google Cloud Monitoring.
	Google = Image{Name: "gcm-emulator:1", contents: contents{
		programs:   map[string]string{"/gcm-emulator": programs.GCMEmulator},
		entrypoint: []string{"/gcm-emulator"},
	}}
	// Workload reads and writes files in its container, for tests.
	Workload = Image{Name: "workload:1", contents: contents{
		programs:   map[string]string{"/workload": programs.Workload},
		entrypoint: []string{"/workload"},
	}}
	// Curl is where people run curl in a cluster, with a shell.
	Curl = Image{Name: "curl:1", contents: contents{
		programs:    map[string]string{"/workload": programs.Workload},
		installed:   map[string]string{"/bin/sh": busybox, "/bin/curl": "curl"},
		environment: []string{"PATH=/bin"},
		entrypoint:  []string{"/workload"},
	}}
)

// busybox is the program that is another one by each of its names.
const busybox = "busybox"

// All lists the images.
var All = []Image{Pause, Prometheus, Sidecar, LinkerdProxy, Google, Workload, Curl}

// Programs names the programs of all images, for package programs.
func Programs() []string {
	var names []string
	for _, image := range All {
		names = slices.AppendSeq(names, maps.Values(image.contents.programs))
	}
	slices.Sort(names)
	return names
}

// Make builds the image's programs if they are not up to date, and makes the image.
// Layers are not compressed, because they stay on this machine.
func (i Image) Make(ctx context.Context, root string, log io.Writer) (v1.Image, error) {
	names := slices.Collect(maps.Values(i.contents.programs))
	paths, err := programs.Ensure(ctx, root, log, names...)
	if err != nil {
		return nil, err
	}
	image, err := i.contents.image(ctx, paths)
	if err != nil {
		return nil, fmt.Errorf("making the image %s: %w", i.Name, err)
	}
	return image, nil
}
