package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
)

// oldFlags are all flags of stackdriver-prometheus-sidecar 0.10.1, with a value that it
// takes.
var oldFlags = []string{
	"--config-file=c.yml", "--stackdriver.project-id=p", "--stackdriver.api-address=http://127.0.0.1:1/?auth=false",
	"--stackdriver.use-restricted-ips", "--stackdriver.kubernetes.location=europe-west4", "--stackdriver.kubernetes.cluster-name=c",
	"--stackdriver.generic.location=global", "--stackdriver.generic.namespace=n", "--stackdriver.metrics-prefix=external.googleapis.com/x",
	"--stackdriver.use-gke-resource", "--prometheus.wal-directory=/data/wal", "--prometheus.api-address=http://127.0.0.1:9090/prefix",
	"--monitoring.backend=prometheus", "--monitoring.backend=stackdriver", "--web.listen-address=127.0.0.1:0", "--web.enable-statusz",
	`--include={__name__=~"linkerd_job:.+"}`, `--filter=job="linkerd-proxy"`, `--filter=__name__=~"a.+"`, "--log.level=debug", "--log.format=json",
}

func TestTheFlagsOfGooglesSidecarAreTaken(t *testing.T) {
	o, _, err := parse(oldFlags, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(o.settings.Include); got != 2 {
		t.Errorf("%d selectors: one --include, and one of all --filter, are two", got)
	}
	if got := o.withoutEffect(); len(got) != 1 || got[0][0] != "--monitoring.backend" {
		t.Errorf("without effect: %v", got)
	}
}

// TestFlagsWithoutEffectAreNamed gives flags that do nothing because of others.
func TestFlagsWithoutEffectAreNamed(t *testing.T) {
	for flags, want := range map[string][]string{
		"--destination=managed-prometheus --stackdriver.metrics-prefix=external.googleapis.com/x --stackdriver.use-gke-resource " +
			"--stackdriver.generic.location=a --stackdriver.generic.namespace=b": {
			"--stackdriver.metrics-prefix", "--stackdriver.use-gke-resource", "--stackdriver.generic.location", "--stackdriver.generic.namespace"},
		"--destination=managed-prometheus": nil,
		"--once --backfill":                {"--backfill"},
		"--dry-run --state-file=a":         {"--state-file"},
		"--stackdriver.use-gke-resource":   nil,
	} {
		o, _, err := parse(append(strings.Fields(flags), "--stackdriver.project-id=p"), &bytes.Buffer{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range o.withoutEffect() {
			got = append(got, f[0])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v have no effect, want %v", flags, got, want)
		}
	}
}

func TestDefaults(t *testing.T) {
	o, _, err := parse([]string{"--stackdriver.project-id=p"}, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	s := o.settings
	if s.Destination != configuration.CloudMonitoring || s.MinPeriod != 9*time.Second || s.MaxSeries != 10_000 || s.MaxInputs != 200_000 || s.MaxLabels != 30 ||
		s.MetricsPrefix != "external.googleapis.com/prometheus" || o.maxAge != 24*time.Hour+30*time.Minute || o.walDirectory != "data/wal" || !o.statusPage || o.once || o.dryRun {
		t.Errorf("got %+v", o)
	}
}

func TestWhatIsRefused(t *testing.T) {
	for name, test := range map[string]struct{ flag, want string }{
		"no project":    {"--once", "--stackdriver.project-id"},
		"files":         {"--stackdriver.store-in-files-directory=/tmp", "--dry-run prints the points"},
		"include":       {"--include={a", "reading --include"},
		"le":            {`--include={le="1"}`, "label le"},
		"filter":        {`--filter={job="a"}`, "a matcher without braces"},
		"destination":   {"--destination=mars", "managed-prometheus"},
		"prefix":        {"--stackdriver.metrics-prefix=a/", "--stackdriver.metrics-prefix=a/"},
		"unknown":       {"--nonsense", "--nonsense"},
		"word":          {"word", "word"},
		"negative age":  {"--max-age=-1s", "--max-age=-1s"},
		"no duration":   {"--min-period=9", "--min-period=9: write a number and a unit"},
		"no number":     {"--max-series=many", "--max-series=many: write a whole number"},
		"level":         {"--log.level=verbose", "unrecognized log level verbose"},
		"managed alone": {"--destination=managed-prometheus", "--stackdriver.kubernetes.location"},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{test.flag}
			if name != "no project" {
				args = append(args, "--stackdriver.project-id=p")
			}
			var messages bytes.Buffer
			if code := run(t.Context(), args, &bytes.Buffer{}, &messages); code != exitConfiguration {
				t.Errorf("exit %d", code)
			}
			if !strings.Contains(messages.String(), test.want) {
				t.Errorf("got %q", messages.String())
			}
		})
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, flag := range []string{"--help", "-h", "--version"} {
		var messages bytes.Buffer
		if code := run(t.Context(), []string{flag}, &bytes.Buffer{}, &messages); code != 0 || !strings.Contains(messages.String(), program) {
			t.Errorf("%s: exit %d, %q", flag, code, messages.String())
		}
	}
}

func TestOnceSaysWhatItHasRead(t *testing.T) {
	var messages bytes.Buffer
	args := []string{"--stackdriver.project-id=p", "--once", "--dry-run", "--prometheus.wal-directory=" + t.TempDir()}
	if code := run(t.Context(), args, &bytes.Buffer{}, &messages); code != 0 || !strings.Contains(messages.String(), "is --prometheus.wal-directory right?") {
		t.Errorf("exit %d, %q", code, messages.String())
	}
}
