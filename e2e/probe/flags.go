package main

import (
	"fmt"
	"io"
	"net/url"

	"github.com/alecthomas/kingpin/v2"
)

// flags are the real sidecar's flags, with the same names, defaults and kinds
// (cmd/stackdriver-prometheus-sidecar/main.go). Flags that are only for Google's API are
// accepted and shown on /statusz.
type flags struct {
	configFile          string
	projectID           string
	apiAddress          *url.URL
	useRestrictedIPs    bool
	location            string
	clusterName         string
	genericLocation     string
	genericNamespace    string
	metricsPrefix       string
	useGKEResource      bool
	storeInFiles        string
	walDirectory        string
	prometheusURL       *url.URL
	monitoringBackends  []string
	listenAddress       string
	enableStatusz       bool
	includes, filters   []string
	logLevel, logFormat string
	commandLine         []string
}

// parseFlags parses the command line like the real sidecar's kingpin. If it is not valid,
// f is nil, the reason is on stderr, and code is the exit code: 2, or 1 for an unknown
// flag, a missing value or an extra argument, because kingpin itself exits if it has to
// print the usage for a command line that it cannot split.
func parseFlags(args []string, stderr io.Writer) (f *flags, code int) {
	f = &flags{commandLine: args}
	app := kingpin.New("stackdriver-prometheus-sidecar", "The Prometheus monitoring server")
	app.UsageWriter(stderr)
	app.ErrorWriter(stderr)
	app.Version("probe")
	app.HelpFlag.Short('h')

	app.Flag("config-file", "A configuration file.").StringVar(&f.configFile)
	app.Flag("stackdriver.project-id", "The Google project ID.").Required().StringVar(&f.projectID)
	app.Flag("stackdriver.api-address", "Address of the Stackdriver Monitoring API.").
		Default("https://monitoring.googleapis.com:443/").URLVar(&f.apiAddress)
	app.Flag("stackdriver.use-restricted-ips", "Use Google's restricted addresses.").
		Default("false").BoolVar(&f.useRestrictedIPs)
	app.Flag("stackdriver.kubernetes.location", "Value of the resource label location.").StringVar(&f.location)
	app.Flag("stackdriver.kubernetes.cluster-name", "Value of the resource label cluster_name.").StringVar(&f.clusterName)
	app.Flag("stackdriver.generic.location", "Location of generic resources.").StringVar(&f.genericLocation)
	app.Flag("stackdriver.generic.namespace", "Namespace of generic resources.").StringVar(&f.genericNamespace)
	app.Flag("stackdriver.metrics-prefix", "Prefix of metric types, external.googleapis.com/prometheus if empty.").
		StringVar(&f.metricsPrefix)
	app.Flag("stackdriver.use-gke-resource", "Use the legacy resource gke_container.").
		Default("false").BoolVar(&f.useGKEResource)
	app.Flag("stackdriver.store-in-files-directory", "Write requests to files here.").StringVar(&f.storeInFiles)
	app.Flag("prometheus.wal-directory", "Directory of the Prometheus TSDB WAL.").
		Default("data/wal").StringVar(&f.walDirectory)
	app.Flag("prometheus.api-address", "Address of the Prometheus API.").
		Default("http://127.0.0.1:9090/").URLVar(&f.prometheusURL)
	app.Flag("monitoring.backend", "Monitoring backends for internal metrics.").
		Default("prometheus").EnumsVar(&f.monitoringBackends, "prometheus", "stackdriver")
	app.Flag("web.listen-address", "Address to listen on.").Default("0.0.0.0:9091").StringVar(&f.listenAddress)
	app.Flag("web.enable-statusz", "Serve /statusz.").Default("true").BoolVar(&f.enableStatusz)
	app.Flag("include", "PromQL selector of series to export; repeated ones are alternatives.").StringsVar(&f.includes)
	app.Flag("filter", "PromQL matcher of one label; repeated ones must all match. Deprecated.").StringsVar(&f.filters)
	app.Flag("log.level", "One of debug, info, warn, error.").
		Default("info").EnumVar(&f.logLevel, "debug", "info", "warn", "error")
	app.Flag("log.format", "One of logfmt, json.").Default("logfmt").EnumVar(&f.logFormat, "logfmt", "json")

	if _, err := app.Parse(args); err != nil {
		fmt.Fprintln(stderr, "Error parsing commandline arguments:", err)
		if _, err := app.ParseContext(args); err != nil {
			return nil, exitFailure
		}
		app.Usage(args)
		return nil, exitConfig
	}
	return f, exitOK
}
