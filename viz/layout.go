package viz

import (
	"regexp"
	"time"
)

// What linkerd-viz' charts set, unless their values say otherwise
// (viz/charts/linkerd-viz/templates/prometheus.yaml and values.yaml).
const (
	// Namespace is where linkerd viz install puts it.
	Namespace = "linkerd-viz"
	// PrometheusContainer is the container that runs Prometheus.
	PrometheusContainer = "prometheus"
	// PrometheusPort is where Prometheus serves its API, and PrometheusPortName its name.
	PrometheusPort     = 9090
	PrometheusPortName = "admin"
	// PrometheusUser is the uid and gid of Prometheus, in its own image as well.
	PrometheusUser int64 = 65534
	// ConfigMap holds Prometheus' configuration, and is the name of its volume.
	ConfigMap = "prometheus-config"
	// ConfigKey is the configuration's key in the ConfigMap.
	ConfigKey = "prometheus.yml"
	// DataVolume is the volume with Prometheus' data, mounted at DataDirectory.
	DataVolume    = "data"
	DataDirectory = "/data"
	// Retention is how long Prometheus keeps samples.
	Retention = 6 * time.Hour
	// ScrapeInterval is the time between two scrapes of each job.
	ScrapeInterval = 10 * time.Second
	// EvaluationInterval is the time between two evaluations of rules.
	EvaluationInterval = 10 * time.Second
)

// RulesDirectory is where linkerd-viz' Prometheus looks for rule files
// (viz/charts/linkerd-viz/templates/prometheus.yaml). Its configuration is there, too.
const RulesDirectory = "/etc/prometheus"

var ruleFile = regexp.MustCompile(`_rules\.ya?ml$`)

// IsRuleFile reports whether linkerd-viz' Prometheus loads a file of this name from
// RulesDirectory.
func IsRuleFile(name string) bool { return ruleFile.MatchString(name) }
