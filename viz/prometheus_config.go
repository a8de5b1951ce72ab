package viz

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"gopkg.in/yaml.v3"

	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// PrometheusConfig is what Prometheus' own configuration file says of time, of scrape jobs
// and of rule files.
type PrometheusConfig struct {
	// EvaluationInterval is the time between two evaluations of a group that has no
	// interval of its own.
	EvaluationInterval time.Duration
	Jobs               []ConfiguredJob
	// JobsComplete is false where other files may have more jobs.
	JobsComplete bool
	// RuleFiles are the patterns of the rule files' paths.
	RuleFiles []string
}

// ConfiguredJob is a scrape job and the time between two of its scrapes.
type ConfiguredJob struct {
	ScrapeJob
	Interval time.Duration
}

// DefaultConfig returns what linkerd-viz' charts configure where no values say otherwise:
// the jobs of all of its versions.
func DefaultConfig() PrometheusConfig {
	jobs := make([]ConfiguredJob, 0, len(ScrapeJobs))
	for _, job := range ScrapeJobs {
		jobs = append(jobs, ConfiguredJob{job, ScrapeInterval})
	}
	return PrometheusConfig{
		EvaluationInterval: EvaluationInterval,
		Jobs:               jobs,
		JobsComplete:       true,
		RuleFiles:          []string{RulesDirectory + "/*_rules.yml", RulesDirectory + "/*_rules.yaml"},
	}
}

// Job returns the job of that name; false where there is none.
func (c PrometheusConfig) Job(name string) (ConfiguredJob, bool) {
	i := slices.IndexFunc(c.Jobs, func(j ConfiguredJob) bool { return j.Name == name })
	if i < 0 {
		return ConfiguredJob{}, false
	}
	return c.Jobs[i], true
}

// maxConfig is how many bytes of a configuration are read. Charts write some ten
// thousand.
const maxConfig = 512 << 10

// Prometheus' defaults where its configuration names no interval (config/config.go,
// DefaultGlobalConfig). The charts' are shorter.
const (
	defaultScrapeInterval     = time.Minute
	defaultEvaluationInterval = time.Minute
)

// configFile is the part of Prometheus' configuration file that is read, as
// config/config.go names it.
type configFile struct {
	Global struct {
		ScrapeInterval     duration `yaml:"scrape_interval"`
		EvaluationInterval duration `yaml:"evaluation_interval"`
	} `yaml:"global"`
	RuleFiles         []string    `yaml:"rule_files"`
	ScrapeConfigs     []configJob `yaml:"scrape_configs"`
	ScrapeConfigFiles []string    `yaml:"scrape_config_files"`
}

type configJob struct {
	Name         string   `yaml:"job_name"`
	Interval     duration `yaml:"scrape_interval"`
	KubernetesSD []struct {
		Role string `yaml:"role"`
	} `yaml:"kubernetes_sd_configs"`
}

// duration is a time as Prometheus writes it.
type duration time.Duration

// UnmarshalYAML implements yaml.Unmarshaler.
func (d *duration) UnmarshalYAML(node *yaml.Node) error {
	parsed, err := model.ParseDuration(node.Value)
	if err != nil {
		return fmt.Errorf("line %d: %w", node.Line, err)
	}
	*d = duration(parsed)
	return nil
}

// or returns the default where the configuration names no time.
func (d duration) or(byDefault time.Duration) time.Duration {
	return cmp.Or(time.Duration(d), byDefault)
}

// ReadPrometheusConfig reads Prometheus' configuration file. It ignores what it does not
// need; an error means that Prometheus cannot read the file either, or that it is too large.
func ReadPrometheusConfig(text string) (PrometheusConfig, error) {
	if len(text) > maxConfig {
		return PrometheusConfig{}, fmt.Errorf("it has %d bytes, and at most %d are read", len(text), maxConfig)
	}
	var file configFile
	if err := yaml.Unmarshal([]byte(text), &file); err != nil {
		return PrometheusConfig{}, err
	}
	c := PrometheusConfig{
		EvaluationInterval: file.Global.EvaluationInterval.or(defaultEvaluationInterval),
		JobsComplete:       len(file.ScrapeConfigFiles) == 0,
		RuleFiles:          file.RuleFiles,
	}
	every := file.Global.ScrapeInterval.or(defaultScrapeInterval)
	for _, job := range file.ScrapeConfigs {
		c.Jobs = append(c.Jobs, job.configured(every))
	}
	return c, nil
}

// configured returns the job of the charts that has the name, or one of the user's own,
// whose targets may have any labels.
func (j configJob) configured(every time.Duration) ConfiguredJob {
	job, known := FindScrapeJob(j.Name)
	if !known {
		job = ScrapeJob{Name: j.Name, Doc: "A job of the user's own.", AnyLabels: true}
		for _, sd := range j.KubernetesSD {
			job.Resource = cmp.Or(job.Resource, map[string]string{"pod": monitoring.ContainerResource, "node": monitoring.NodeResource}[sd.Role])
		}
	}
	return ConfiguredJob{job, j.Interval.or(every)}
}

// WithValues returns what the charts make of their values globalConfig and scrapeConfigs:
// the former overrides the chart's, of which null leaves Prometheus' own, and the latter's
// jobs are added.
func WithValues(globalConfig map[string]any, scrapeConfigs []any) (PrometheusConfig, error) {
	global := map[string]any{"scrape_interval": ScrapeInterval.String(), "evaluation_interval": EvaluationInterval.String()}
	maps.Copy(global, globalConfig)
	jobs := make([]any, 0, len(ScrapeJobs)+len(scrapeConfigs))
	for _, job := range ScrapeJobs {
		jobs = append(jobs, map[string]any{"job_name": job.Name})
	}
	text, err := json.Marshal(map[string]any{
		"global": global, "rule_files": DefaultConfig().RuleFiles, "scrape_configs": append(jobs, scrapeConfigs...),
	})
	if err != nil {
		return PrometheusConfig{}, fmt.Errorf("writing the configuration: %w", err)
	}
	return ReadPrometheusConfig(string(text))
}
