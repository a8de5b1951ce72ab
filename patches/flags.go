package patches

import (
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// Flags returns the sidecar's command line, without the program
// (stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go;
// cmd/gcm-exporter/options.go).
func Flags(s settings.Settings, p podspec.Prometheus) []string {
	flags := []string{"--config-file=" + configFile(s)}
	if s.Destination == configuration.ManagedPrometheus {
		flags = append(flags, "--destination="+string(s.Destination))
		s.MetricsPrefix = "" // It does not apply there.
	}
	for _, f := range []struct{ name, value string }{
		{"--stackdriver.project-id", s.ProjectID},
		{"--stackdriver.kubernetes.location", s.Location},
		{"--stackdriver.kubernetes.cluster-name", s.ClusterName},
		{"--stackdriver.metrics-prefix", s.MetricsPrefix},
		{"--prometheus.wal-directory", p.WALDirectory},
		{"--prometheus.api-address", p.APIAddress},
		{"--log.level", s.LogLevel},
		{"--log.format", s.LogFormat},
	} {
		if f.value != "" {
			flags = append(flags, f.name+"="+literal(f.value))
		}
	}
	for _, selector := range s.Include {
		flags = append(flags, "--include="+literal(selector))
	}
	return flags
}

// literal escapes a value for the kubelet, which replaces $(NAME) in arguments and
// reads $$ as $.
func literal(value string) string {
	if strings.Contains(value, "$(") || strings.Contains(value, "$$") {
		return strings.ReplaceAll(value, "$", "$$")
	}
	return value
}
