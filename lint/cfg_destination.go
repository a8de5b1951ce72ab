package lint

import (
	"net/url"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var cfgDestinationRules = []Rule{
	{
		ID: "CFG015", Severity: Warning, Concern: Both,
		Title:       "the sidecar sends what it reads to Google",
		Why:         "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, has flags for tests, with which it writes files, sends to another address, or does not say who it is; nothing then arrives in Google Cloud Monitoring, and nothing is logged as an error.",
		Exporter:    "refuses the flag that writes files; with --dry-run or --once it does not go on",
		ExporterWhy: "gcm-exporter, cmd/gcm-exporter/options.go, has flags for trying things out, with which it prints what it would send, sends to another address, or ends; nothing then arrives in Google Cloud Monitoring.",
		check:       checkDestination,
	},
}

// googleDomain is that of all addresses of Google's APIs, also of those in private networks.
const googleDomain = "googleapis.com"

// checkDestination finds flags with which nothing arrives at Google.
func checkDestination(c *context) []Finding {
	if c.sidecar == nil {
		return nil
	}
	findings := c.writesFiles()
	if c.byExporter() {
		findings = append(findings, c.triesOut()...)
	}
	address, given := c.sidecar.first(stackdriver.GoogleAddressFlag)
	parsed, err := url.Parse(address.Value)
	if !given || err != nil || address.Unknown {
		return findings
	}
	switch host := parsed.Hostname(); {
	case host != googleDomain && !strings.HasSuffix(host, "."+googleDomain):
		findings = append(findings, address.atText("with %s=%s the sidecar sends to another address than Google's", stackdriver.GoogleAddressFlag, quote(address.Value)).
			WithReason("Only what that address hands on arrives in Google Cloud Monitoring, and the sidecar cannot know what that is.").
			WithFix("remove the flag, unless this is a test or a proxy of yours"))
	case parsed.Query().Get("auth") == "false":
		findings = append(findings, address.atText("with auth=false in %s the sidecar sends no credentials, and Google refuses all that it sends", stackdriver.GoogleAddressFlag).
			WithReason("The sidecar then connects as nobody, which only a test's server accepts.").
			WithFix("remove the flag"))
	}
	return findings
}

// writesFiles finds the flag with which Google's sidecar sends nothing, and gcm-exporter exits.
func (c *context) writesFiles() []Finding {
	files, given := c.sidecar.first(stackdriver.FilesFlag)
	switch {
	case !given || files.Value == "":
		return nil
	case c.byExporter():
		return []Finding{files.atText("gcm-exporter does not support %s", stackdriver.FilesFlag).WithSeverity(Error).
			WithReason("gcm-exporter, cmd/gcm-exporter/options.go, exits with status 2, so that nothing is silently sent elsewhere.").
			WithFix("remove the flag; to see what would be sent, use %s", dryRunFlag)}
	}
	return []Finding{files.atText("with %s the sidecar writes what it reads to files in %s, and sends nothing to Google", stackdriver.FilesFlag, quote(files.Value)).
		WithReason("stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, has this flag for tests: it then has no client of Google's at all, and logs no error.").
		WithFix("remove the flag, unless this is a test")}
}

// triesOut finds flags with which gcm-exporter sends nothing, or not for long.
func (c *context) triesOut() []Finding {
	var findings []Finding
	for flag, what := range map[string]string{
		dryRunFlag: "prints what it would send, and sends nothing", onceFlag: "exports what the log holds, and ends",
	} {
		for _, given := range c.sidecar.arguments.Flags {
			if given.Name == flag {
				findings = append(findings, wordText(c.sidecar.object, podspec.Word{Place: given.At, Text: flag}).
					atText("with %s the sidecar %s", flag, what).WithFix("remove the flag, unless this is a test"))
			}
		}
	}
	return findings
}
