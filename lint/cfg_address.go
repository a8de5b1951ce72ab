package lint

import (
	"cmp"
	"net"
	"net/url"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var cfgAddressRules = []Rule{
	{
		ID: "CFG011", Severity: Error, Concern: Both,
		Title:       "the sidecar reaches Prometheus' API",
		Why:         "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, asks <--prometheus.api-address>/-/ready every three seconds and exports nothing until Prometheus is ready.",
		Exporter:    "waits at the first series that is new",
		ExporterWhy: "gcm-exporter, exporter/targets, asks Prometheus' API for the target of each new series, and exports nothing until it answers.",
		check:       checkAPIAddress,
	},
	{
		ID: "CFG012", Severity: Error, Concern: Both,
		Title:       "no other container of the pod has the sidecar's port",
		Why:         "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, ends with status 0 if it cannot listen at its port, 9091 by default.",
		Exporter:    "exits with status 1",
		ExporterWhy: "gcm-exporter, cmd/gcm-exporter/export.go, exits with status 1 if it cannot listen at its port, 9091 by default.",
		check:       checkPort,
	},
}

func checkAPIAddress(c *context) []Finding {
	p, found := c.prometheus()
	if !found || p.unsuitable != nil || !c.flagsReadable() {
		return nil
	}
	given, isGiven := c.sidecar.first(apiFlag)
	if !isGiven {
		given = Text{Value: "http://127.0.0.1:9090/"}
	}
	if given.Unknown || endpoint(given.Value) == endpoint(p.facts.APIAddress) {
		return nil
	}
	if !isGiven {
		return []Finding{c.sidecar.atText("container %q asks %s, but Prometheus answers at %s", c.sidecar.container.Name, given.Value, p.facts.APIAddress).
			WithFix("add %s=%s", apiFlag, p.facts.APIAddress)}
	}
	return []Finding{given.atText("the sidecar asks %s, but Prometheus answers at %s", quote(given.Value), p.facts.APIAddress).
		WithFix("write %s=%s", apiFlag, p.facts.APIAddress)}
}

// endpoint is an address in the one form in which two of them can be compared.
func endpoint(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	host := u.Hostname()
	if host == "localhost" {
		host = "127.0.0.1"
	}
	return u.Scheme + "://" + net.JoinHostPort(host, cmp.Or(u.Port(), "80")) + "/" + strings.Trim(u.Path, "/")
}

// checkPort finds others that claim the port at which the sidecar listens.
func checkPort(c *context) []Finding {
	if c.Pod == nil || c.Pod.Spec == nil {
		return nil
	}
	port := c.sidecarPort()
	var findings []Finding
	if p, found := c.prometheus(); found && p.unsuitable == nil {
		if u, err := url.Parse(p.facts.APIAddress); err == nil && u.Port() == strconv.Itoa(int(port)) {
			findings = append(findings, p.atText("container %q listens at port %d, on which the sidecar serves its metrics", p.container.Name, port).
				WithFix("move one of the two to another port"))
			return findings
		}
	}
	var own *corev1.Container
	if c.sidecar != nil {
		own = c.sidecar.container
	}
	for _, claim := range podspec.PortClaims(c.Pod.Spec, port, own) {
		object := c.Pod.Object
		object.Key = c.Pod.Path + "." + claim.Field
		findings = append(findings, Text{Object: object}.at(source.Position{}, 0,
			"container %q claims port %d, on which the sidecar serves its metrics", claim.Container, port).WithFix("move it to another port"))
	}
	return findings
}

// sidecarPort is where the sidecar listens.
func (c *context) sidecarPort() int32 {
	if c.sidecar == nil {
		return stackdriver.Port
	}
	_, text, err := net.SplitHostPort(c.sidecar.value(listenFlag))
	if err != nil {
		return stackdriver.Port
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return stackdriver.Port
	}
	return int32(port)
}
