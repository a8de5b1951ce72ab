package generate_test

import (
	"testing"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/generate"
	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// FuzzChoices generates from any choices that are accepted, and reads both files.
func FuzzChoices(f *testing.F) {
	f.Add("shop", "99.9", "5m", "30s", true)
	f.Add("", "0.001", "1y", "292y", false)
	f.Add("a-1", "1e1", "40s1ms", "10s", true)
	f.Fuzz(func(t *testing.T, namespace, percentile, window, interval string, counter bool) {
		p, errPercentile := generate.ParsePercentile(percentile)
		w, errWindow := generate.ParseWindow(window)
		i, errInterval := generate.ParseInterval(interval)
		if errPercentile != nil || errWindow != nil || errInterval != nil || generate.CheckNamespace(namespace) != nil {
			return
		}
		text := generate.Rules(generate.Choices{
			Sidecar:    settings.Stackdriver,
			Namespaces: []string{namespace}, Percentiles: []float64{p, 50}, Windows: []time.Duration{w, time.Hour}, Interval: i, Counter: counter,
		})
		file, diagnostics := rules.Parse([]byte(text))
		if len(diagnostics) > 0 {
			t.Fatalf("%v in\n%s", diagnostics, text)
		}
		if config := generate.SidecarConfig(file); config != "" {
			if _, err := stackdriver.ParseConfig([]byte(config)); err != nil {
				t.Fatalf("%v in\n%s", err, config)
			}
		}
		for _, config := range []string{generate.RecordedConfig(viz, file), generate.SummedConfig(viz, []string{namespace})} {
			if _, err := configuration.ParseFile([]byte(config)); err != nil {
				t.Fatalf("%v in\n%s", err, config)
			}
		}
	})
}
