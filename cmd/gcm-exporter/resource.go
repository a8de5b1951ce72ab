package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"cloud.google.com/go/compute/metadata"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
)

// metadataTimeout bounds the questions to Google's metadata server, which a program outside
// of Google Cloud does not reach.
const metadataTimeout = 10 * time.Second

// askGoogle fills in what the flags leave open and Google's metadata server knows: project,
// location and name of the cluster (stackdriver-prometheus-sidecar,
// cmd/stackdriver-prometheus-sidecar/main.go).
func askGoogle(ctx context.Context, log *slog.Logger, s *configuration.Settings) error {
	questions := []struct {
		answer *string
		ask    func(context.Context) (string, error)
	}{
		{&s.Project, metadata.ProjectIDWithContext},
		{&s.Location, attribute("cluster-location")},
		{&s.Cluster, attribute("cluster-name")},
	}
	ctx, stop := context.WithTimeout(ctx, metadataTimeout)
	defer stop()
	for _, q := range questions {
		if *q.answer != "" || !metadata.OnGCEWithContext(ctx) {
			continue
		}
		answer, err := q.ask(ctx)
		if err != nil {
			log.Warn("Google's metadata server does not say where this runs", "error", err)
			continue
		}
		*q.answer = strings.TrimSpace(answer)
	}
	if s.Project == "" {
		return fmt.Errorf("--stackdriver.project-id is empty, and this does not run on Google Cloud, which would know the project")
	}
	return nil
}

func attribute(name string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		answer, err := metadata.InstanceAttributeValueWithContext(ctx, name)
		if err != nil {
			return "", fmt.Errorf("asking for the attribute %s: %w", name, err)
		}
		return answer, nil
	}
}

// namespaceFile is where Kubernetes tells a container its namespace.
const namespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// own returns the container that this runs in, as far as it is known: from the environment,
// else from what Kubernetes gives every container.
func own() configuration.Container {
	c := configuration.Container{Namespace: os.Getenv("POD_NAMESPACE"), Pod: os.Getenv("POD_NAME"), Name: program}
	if c.Namespace == "" {
		if text, err := os.ReadFile(namespaceFile); err == nil {
			c.Namespace = strings.TrimSpace(string(text))
		}
	}
	if c.Pod == "" {
		if host, err := os.Hostname(); err == nil {
			c.Pod = host
		}
	}
	return c
}
