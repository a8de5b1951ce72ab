package routes

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// Viz is linkerd-viz' Prometheus, as far as the routes need to know it.
type Viz struct {
	// Namespace is where linkerd-viz runs.
	Namespace string
	// Version is Linkerd's version, for comments.
	Version string
	// PortName is the name of Prometheus' port: of its Service and of its container. "" means
	// that it is not known.
	PortName string
	// PathPrefix is the path in front of all its pages, such as /prometheus; "" for none.
	PathPrefix string
	// Jobs are the scrape jobs with Linkerd's own metrics.
	Jobs []string
	// Server is Linkerd's Server on Prometheus' port that lets in nobody but those whom a
	// policy names; "" where everybody is let in.
	Server string
	// PolicyVersion is the version of the API of Linkerd's Servers.
	PolicyVersion string
	// MissesControllers says that the jobs do not find the control plane and the multicluster
	// extension.
	MissesControllers bool
	// ScrapeInterval is the time between two samples, and Retention how long they are kept; 0
	// where that is not known.
	ScrapeInterval, Retention time.Duration
	// RemoteWrite says that its configuration has remote write.
	RemoteWrite bool
}

// OfRelease returns what the charts of a release install in a namespace.
func OfRelease(r viz.Release, namespace string) Viz {
	v := Viz{
		Namespace: namespace, Version: r.Name, PortName: r.PortName,
		Jobs:          slices.Concat([]string{viz.ProxyJob, viz.ControllerJob}, r.MulticlusterJobs),
		PolicyVersion: r.PolicyVersion, MissesControllers: r.MissesControllers(),
		ScrapeInterval: viz.ScrapeInterval, Retention: viz.Retention,
	}
	if r.Admission == viz.MetricsAPI {
		v.Server = viz.PrometheusServer
	}
	return v
}

// LinkerdJobs returns those jobs of a configuration that have Linkerd's own metrics, in the
// order of viz.ScrapeJobs.
func LinkerdJobs(config viz.PrometheusConfig) []string {
	var jobs []string
	for _, job := range viz.ScrapeJobs {
		if _, exists := config.Job(job.Name); exists && strings.HasPrefix(job.Name, "linkerd-") {
			jobs = append(jobs, job.Name)
		}
	}
	return jobs
}

// A Scraper is who fetches metrics: a meshed pod, known by its service account, or pods of a
// network, whoever they are.
type Scraper struct {
	ServiceAccount, Namespace string
	Networks                  []netip.Prefix
}

// Known reports whether anybody is named.
func (s Scraper) Known() bool { return s.ServiceAccount != "" || len(s.Networks) > 0 }

// The widest networks that are let in: the widest private ones, 10.0.0.0/8 and fc00::/7.
const (
	leastBits4 = 8
	leastBits6 = 7
)

// privateNetworks are those that nobody on the Internet has an address in (RFC 1918, 6598, 3927,
// 1112 and 4193).
var privateNetworks = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"),
}

// isPrivate reports whether all of a network is private.
func isPrivate(n netip.Prefix) bool {
	return slices.ContainsFunc(privateNetworks, func(p netip.Prefix) bool { return p.Bits() <= n.Bits() && p.Contains(n.Addr()) })
}

// ParseNetwork reads a network that a scraper's pods are in, such as 10.8.0.0/14.
func ParseNetwork(text string) (netip.Prefix, error) {
	network, err := netip.ParsePrefix(text)
	if address, wrong := netip.ParseAddr(text); wrong == nil {
		return network, fmt.Errorf("want a network: %s/%d is this address alone", address, address.BitLen())
	}
	if err != nil {
		return network, errors.New("want the network of the scraper's pods, such as 10.8.0.0/14")
	}
	if network.Addr().Is4In6() {
		return network, fmt.Errorf("%s is an IPv4 network in IPv6's notation: give it as IPv4, such as 10.8.0.0/14", network)
	}
	network = network.Masked()
	least := leastBits6
	if network.Addr().Is4() {
		least = leastBits4
	}
	if network.Bits() < least {
		return network, fmt.Errorf("%s is wider than any private network, and would let everybody read the metrics: give the network of the scraper's pods, such as 10.8.0.0/14", network)
	}
	return network, nil
}

// Recorded says what becomes of series that recording rules make, whose names have a colon.
type Recorded string

// What can become of recorded series.
const (
	WithoutRecorded Recorded = "without"
	WithRecorded    Recorded = "with"
	OnlyRecorded    Recorded = "only"
)

// RecordedChoices are all of them, the default first.
var RecordedChoices = []Recorded{WithoutRecorded, WithRecorded, OnlyRecorded}

// Operator is what is known of the prometheus-operator of a cluster.
type Operator struct {
	// Labels are those that a monitor must have to be found.
	Labels map[string]string
	// Namespace is where a monitor must be to be found; "" is linkerd-viz' own.
	Namespace string
}

// A Request is what is to be printed.
type Request struct {
	Viz     Viz
	Scraper Scraper
	// NoPolicy leaves the policy out, because there is one already.
	NoPolicy bool
	// Form is in which form the route is wanted.
	Form Form
	// Recorded says what becomes of recorded series.
	Recorded Recorded
	// Interval is the time between two scrapes.
	Interval time.Duration
	// SampleLimit is how many samples a scrape may have; 0 is no limit.
	SampleLimit int
	Operator    Operator
	// URL is where remote write sends to.
	URL string
	// Cluster is the label by which a store tells this cluster from others; "" for none.
	Cluster string
	// Metrics are the names of the MetricSets to keep.
	Metrics []string
	// Guarded are the namespaces whose proxies need a policy.
	Guarded []GuardedNamespace
	// NoViz says that the cluster has no linkerd-viz, which the proxies do without.
	NoViz bool
	// Query is what is asked of the API.
	Query string
	// Invocation is the command that prints it, for comments that refer to it; "" where there
	// is none.
	Invocation string
	// ClusterFlags are those by which kubectl finds the cluster, such as " --context west"; ""
	// where it does without.
	ClusterFlags string
	// Now is the time until which history is asked for.
	Now time.Time
	// LocalPort is the port of this machine that kubectl forwards.
	LocalPort int
}

// Form is what a route is printed for.
type Form string

// The forms.
const (
	// Plain is for Prometheus' own configuration.
	Plain Form = "prometheus"
	// OfOperator is for prometheus-operator.
	OfOperator Form = "operator"
	// Managed is for Google Cloud Managed Service for Prometheus.
	Managed Form = "managed"
)

// What is wanted where nobody says otherwise.
const (
	DefaultInterval  = 30 * time.Second
	DefaultQuery     = `sum by (namespace, deployment) (rate(response_total{direction="inbound"}[1m]))`
	DefaultLocalPort = 9090
)

// Prometheus forgets a sample after five minutes; one failed scrape more than every two
// minutes would leave gaps.
const maxInterval = 2 * time.Minute

// ParseInterval reads the time between two scrapes.
func ParseInterval(text string) (time.Duration, error) {
	interval, err := model.ParseDuration(text)
	if d := time.Duration(interval); err != nil || d < viz.ScrapeInterval || d > maxInterval {
		return 0, fmt.Errorf("want a duration from %s to %s, such as 30s: linkerd-viz' charts scrape every 10s, and a sample is forgotten after 5m",
			viz.ScrapeInterval, model.Duration(maxInterval))
	}
	return time.Duration(interval), nil
}

// kubectl is how kubectl is called for the cluster.
func (r Request) kubectl() string { return "kubectl" + r.ClusterFlags }

// timeout is how long a scrape may take: less than the interval, so that one is over before
// the next begins.
func (r Request) timeout() string {
	const part = 5
	return model.Duration((r.Interval - r.Interval/(part+1)).Truncate(time.Second)).String()
}

// interval is the time between two scrapes, as Prometheus reads it, which knows no fractions.
func (r Request) interval() string { return model.Duration(r.Interval).String() }

// needsPolicy reports whether the scraper is to be let in.
func (r Request) needsPolicy() bool { return r.Viz.Server != "" && !r.NoPolicy }
