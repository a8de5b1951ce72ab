package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/promslog"
	promslogflag "github.com/prometheus/common/promslog/flag"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// program is the name of this program, in messages and in its log.
const program = "gcm-exporter"

// options are the flags, as they are given.
type options struct {
	configFile    string
	apiAddress    string
	restrictedIPs bool
	walDirectory  string
	prometheus    string
	webAddress    string
	statusPage    bool
	profiles      bool
	stateFile     string
	backfill      bool
	once, dryRun  bool
	maxAge        time.Duration

	destination      string
	settings         configuration.Settings
	includes         []string
	filters          []string
	storeInDirectory string
	backends         []string

	log promslog.Config
}

// A flag is one row of the table of flags: what it is called, what it does, and how it is
// registered.
type flag struct {
	name, help, fallback string
	bind                 func(*kingpin.FlagClause, *options)
}

func text(into func(*options) *string) func(*kingpin.FlagClause, *options) {
	return func(f *kingpin.FlagClause, o *options) { f.StringVar(into(o)) }
}

func texts(into func(*options) *[]string) func(*kingpin.FlagClause, *options) {
	return func(f *kingpin.FlagClause, o *options) { f.StringsVar(into(o)) }
}

func yes(into func(*options) *bool) func(*kingpin.FlagClause, *options) {
	return func(f *kingpin.FlagClause, o *options) { f.BoolVar(into(o)) }
}

func number(name string, into func(*options) *int) func(*kingpin.FlagClause, *options) {
	return func(f *kingpin.FlagClause, o *options) {
		f.SetValue(&named[int]{name, "write a whole number", into(o), strconv.Atoi})
	}
}

func duration(name string, into func(*options) *time.Duration) func(*kingpin.FlagClause, *options) {
	return func(f *kingpin.FlagClause, o *options) {
		f.SetValue(&named[time.Duration]{name, "write a number and a unit, such as 9s or 24h30m", into(o), time.ParseDuration})
	}
}

// named is a flag's value whose errors say which flag it is; kingpin's own do not.
type named[T any] struct {
	name, fix string
	into      *T
	parse     func(string) (T, error)
}

// Set reads the value.
func (n *named[T]) Set(text string) error {
	parsed, err := n.parse(text)
	if err != nil {
		return fmt.Errorf("--%s=%s: %s", n.name, text, n.fix)
	}
	*n.into = parsed
	return nil
}

// String shows the value.
func (n *named[T]) String() string { return fmt.Sprint(*n.into) }

// flags are those of Google's sidecar, under its names
// (stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go), then our own.
var flags = []flag{
	{"config-file", "The configuration file. It need not be there, and is read again when it changes, appears or vanishes.", "", text(func(o *options) *string { return &o.configFile })},
	{"stackdriver.project-id", "The project in Google Cloud that gets the metrics. Required; empty is the project that this runs in.", "",
		func(f *kingpin.FlagClause, o *options) { f.Required().StringVar(&o.settings.Project) }},
	{"stackdriver.api-address", "Where Google Cloud Monitoring is. With ?auth=false neither TLS nor credentials are used.",
		"https://monitoring.googleapis.com:443/", text(func(o *options) *string { return &o.apiAddress })},
	{"stackdriver.use-restricted-ips", "Send to restricted.googleapis.com, for networks with VPC Service Controls.", "false",
		yes(func(o *options) *bool { return &o.restrictedIPs })},
	{"stackdriver.kubernetes.location", "The cluster's region or zone. On Google Cloud it is asked for where it is not given.", "",
		text(func(o *options) *string { return &o.settings.Location })},
	{"stackdriver.kubernetes.cluster-name", "The cluster's name. On Google Cloud it is asked for where it is not given.", "",
		text(func(o *options) *string { return &o.settings.Cluster })},
	{"stackdriver.generic.location", "The location of targets that are not Kubernetes'.", "",
		text(func(o *options) *string { return &o.settings.GenericLocation })},
	{"stackdriver.generic.namespace", "The namespace of targets that are not Kubernetes'.", "",
		text(func(o *options) *string { return &o.settings.GenericNamespace })},
	{"stackdriver.metrics-prefix", "What precedes the names of metrics; " + monitoring.DefaultMetricsPrefix + " where it is empty.", "",
		text(func(o *options) *string { return &o.settings.MetricsPrefix })},
	{"stackdriver.use-gke-resource", "Use the resource gke_container, as Google's first agents did.", "false",
		yes(func(o *options) *bool { return &o.settings.UseGKEResource })},
	{"stackdriver.store-in-files-directory", "Not supported: use --dry-run.", "",
		text(func(o *options) *string { return &o.storeInDirectory })},
	{"prometheus.wal-directory", "Prometheus' write-ahead log.", "data/wal", text(func(o *options) *string { return &o.walDirectory })},
	{"prometheus.api-address", "Where Prometheus is.", "http://127.0.0.1:9090/", text(func(o *options) *string { return &o.prometheus })},
	{"monitoring.backend", "No effect: the exporter's own metrics are on /metrics.", "", texts(func(o *options) *[]string { return &o.backends })},
	{"web.listen-address", "Where the exporter's own pages and metrics are.", "0.0.0.0:9091", text(func(o *options) *string { return &o.webAddress })},
	{"web.enable-statusz", "Serve the status page.", "true", yes(func(o *options) *bool { return &o.statusPage })},
	{"include", "A selector of series to export, such as {__name__=~\"linkerd_job:.+\"}. May be repeated: any of them selects. Without any, " +
		configuration.DefaultInclude + " is selected; without a configuration file, too, the built-in configuration applies.", "",
		texts(func(o *options) *[]string { return &o.includes })},
	{"filter", "Deprecated: use --include. A matcher such as job=\"linkerd-proxy\"; all of them together are one more selector.", "",
		texts(func(o *options) *[]string { return &o.filters })},

	{"destination", "What gets the points: " + destinations() + ".", string(configuration.CloudMonitoring),
		func(f *kingpin.FlagClause, o *options) {
			f.EnumVar(&o.destination, strings.Split(destinations(), ", ")...)
		}},
	{"min-period", "The least time between two points of one series. Google refuses what comes more often.", configuration.DefaultMinPeriod.String(),
		duration("min-period", func(o *options) *time.Duration { return &o.settings.MinPeriod })},
	{"max-series", "How many series are exported at most; 0 is no limit.", fmt.Sprint(configuration.DefaultMaxSeries),
		number("max-series", func(o *options) *int { return &o.settings.MaxSeries })},
	{"max-inputs", "How many series are summed up at most.", fmt.Sprint(configuration.DefaultMaxInputs),
		number("max-inputs", func(o *options) *int { return &o.settings.MaxInputs })},
	{"max-labels", "How many labels a series may have in Google Cloud Monitoring.", fmt.Sprint(configuration.DefaultMaxLabels),
		number("max-labels", func(o *options) *int { return &o.settings.MaxLabels })},
	{"max-age", "How old a point may be when it is sent; 0 is no limit. Google refuses those older than 25 hours.", "24h30m",
		duration("max-age", func(o *options) *time.Duration { return &o.maxAge })},
	{"backfill", "Without a state file, export all that the log holds, and not only the last ten minutes.", "false",
		yes(func(o *options) *bool { return &o.backfill })},
	{"state-file", "Where the exporter keeps what it must know after a restart. Empty is beside the log.", "",
		text(func(o *options) *string { return &o.stateFile })},
	{"once", "Export what the log holds, and exit.", "false", yes(func(o *options) *bool { return &o.once })},
	{"dry-run", "Send nothing and save nothing: print each point as a line of JSON.", "false", yes(func(o *options) *bool { return &o.dryRun })},
	{"web.enable-pprof", "Serve Go's profiles under /debug/pprof/.", "false", yes(func(o *options) *bool { return &o.profiles })},
}

func destinations() string {
	words := make([]string, len(configuration.Destinations))
	for i, d := range configuration.Destinations {
		words[i] = string(d)
	}
	return strings.Join(words, ", ")
}

// parse reads a command line. What --help and --version print goes to out; done is true
// then.
func parse(args []string, out io.Writer) (o *options, done bool, err error) {
	o = &options{}
	app := kingpin.New(program, "Exports chosen metrics of a Prometheus to Google Cloud Monitoring, from its write-ahead log.")
	app.UsageWriter(out).ErrorWriter(out).Terminate(func(int) { done = true })
	app.Version(program + " " + version).HelpFlag.Short('h')
	promslogflag.AddFlags(app, &o.log)
	for _, f := range flags {
		clause := app.Flag(f.name, f.help)
		if f.fallback != "" {
			clause.Default(f.fallback)
		}
		f.bind(clause, o)
	}
	if _, err := app.Parse(args); err != nil && !done {
		return nil, false, fmt.Errorf("%w: see --help", err)
	}
	if done {
		return nil, true, nil
	}
	return o, false, o.complete()
}

// complete reads the selectors, and refuses what cannot be right.
func (o *options) complete() error {
	if o.storeInDirectory != "" {
		return fmt.Errorf("--stackdriver.store-in-files-directory=%s is not supported: --dry-run prints the points, and sends nothing", o.storeInDirectory)
	}
	o.settings.Destination = configuration.Destination(o.destination)
	if err := o.readPrefix(); err != nil {
		return err
	}
	for _, include := range o.includes {
		selector, err := configuration.ParseSelector(include)
		if err != nil {
			return fmt.Errorf("reading --include: %w", err)
		}
		o.settings.Include = append(o.settings.Include, selector)
	}
	if o.maxAge < 0 {
		return fmt.Errorf("--max-age=%s is below 0: 0 is no limit", o.maxAge)
	}
	return o.readFilters()
}

func (o *options) readPrefix() error {
	if o.settings.MetricsPrefix == "" {
		o.settings.MetricsPrefix = monitoring.DefaultMetricsPrefix
	}
	if wrong := monitoring.CheckMetricsPrefix(o.settings.MetricsPrefix); wrong != "" {
		return fmt.Errorf("--stackdriver.metrics-prefix=%s: %s", o.settings.MetricsPrefix, wrong)
	}
	return nil
}

// readFilters makes one more selector of all filters, each of which is a matcher without
// braces (stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go).
func (o *options) readFilters() error {
	if len(o.filters) == 0 {
		return nil
	}
	selector, err := configuration.ParseSelector("{" + strings.Join(o.filters, ",") + "}")
	if err != nil {
		return fmt.Errorf("reading --filter, which is a matcher without braces such as job=\"linkerd-proxy\": %w", err)
	}
	o.settings.Include = append(o.settings.Include, selector)
	return nil
}

// withoutEffect says which flags are given and do nothing, each with its reason.
func (o *options) withoutEffect() [][2]string {
	const managed = "managed-prometheus has its own names and resources"
	var found [][2]string
	for _, f := range []struct {
		flag, reason string
		given        bool
	}{
		{"--monitoring.backend", "the exporter's own metrics are on /metrics", len(o.backends) > 0},
		{"--stackdriver.metrics-prefix", managed, o.managed() && o.settings.MetricsPrefix != monitoring.DefaultMetricsPrefix},
		{"--stackdriver.use-gke-resource", managed, o.managed() && o.settings.UseGKEResource},
		{"--stackdriver.generic.location", managed, o.managed() && o.settings.GenericLocation != ""},
		{"--stackdriver.generic.namespace", managed, o.managed() && o.settings.GenericNamespace != ""},
		{"--backfill", "--once exports all that the log holds", o.backfill && o.once},
		{"--state-file", "--dry-run saves nothing", o.stateFile != "" && o.dryRun},
	} {
		if f.given {
			found = append(found, [2]string{f.flag, f.reason})
		}
	}
	return found
}

func (o *options) managed() bool {
	return o.settings.Destination == configuration.ManagedPrometheus
}
