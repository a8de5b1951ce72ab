package inject

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// reads are the ConfigMaps of a namespace that are being read for one decision, side by
// side, each once. They are for one goroutine.
type reads struct {
	reader    NamespaceReader
	namespace string
	started   map[string]*configMapRead
}

// configMapRead is one ConfigMap that is being read.
type configMapRead struct {
	done      chan struct{}
	configMap *corev1.ConfigMap
	err       error
	// panicked is what the reader panicked with.
	panicked any
}

func newReads(reader NamespaceReader, namespace string) *reads {
	return &reads{reader: reader, namespace: namespace, started: map[string]*configMapRead{}}
}

// start begins to read ConfigMaps, and waits for none.
func (r *reads) start(ctx context.Context, names ...string) {
	for _, name := range names {
		if name == "" || r.started[name] != nil {
			continue
		}
		read := &configMapRead{done: make(chan struct{})}
		r.started[name] = read
		go func() {
			defer close(read.done)
			defer func() { read.panicked = recover() }()
			read.configMap, read.err = r.reader.ConfigMap(ctx, r.namespace, name)
		}()
	}
}

// configMaps waits for ConfigMaps, and for that of Prometheus' own configuration. The error
// is that of the first of the former that could not be read; the latter only makes what is
// found more exact, and need not be there.
func (r *reads) configMaps(ctx context.Context, names []string) (configMaps, error) {
	all := withPrometheusOwn(names)
	r.start(ctx, all...)
	read := configMaps{}
	for _, name := range all {
		one := r.started[name]
		<-one.done
		switch {
		case one.panicked != nil:
			// It belongs to the goroutine that asked, which knows what to make of it.
			panic(one.panicked)
		case errors.Is(one.err, ErrUnavailable):
		case one.err != nil && !slices.Contains(names, name):
		case one.err != nil:
			return nil, fmt.Errorf("reading ConfigMap %s/%s: %w", r.namespace, name, one.err)
		default:
			read[name] = one.configMap
		}
	}
	return read, nil
}

// configMapNames returns the names of the ConfigMaps that settings name, each once.
func configMapNames(s settings.Settings) []string {
	var names []string
	for _, key := range s.ConfigMapKeys() {
		if key.Name != "" && !slices.Contains(names, key.Name) {
			names = append(names, key.Name)
		}
	}
	return names
}

// withPrometheusOwn returns names with that of Prometheus' own configuration.
func withPrometheusOwn(names []string) []string {
	if slices.Contains(names, viz.ConfigMap) {
		return names
	}
	return append(slices.Clone(names), viz.ConfigMap)
}
