package routes

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// rangeShown is how far the example of query_range looks back.
const rangeShown = time.Hour

// api is the commands that ask linkerd-viz' Prometheus.
//
// Quotes mean the same in all shells only where there is nothing in them that any of them
// expands. Therefore everything in a URL is escaped that is not a plain character, and each
// command is one line. What is left is the percent sign, which means nothing to any shell but
// cmd.exe.
func api(r Request) (Output, error) {
	policy, warnings, err := r.policy()
	if err != nil && r.Scraper.Known() {
		return Output{}, err
	}
	objects, err := r.applied(policy)
	if err != nil {
		return Output{}, err
	}
	var text strings.Builder
	for _, part := range r.commands() {
		if part.comment != "" {
			text.WriteString(comment(part.comment) + "\n")
		}
		for _, command := range part.commands {
			text.WriteString(command + "\n")
		}
		text.WriteString("\n")
	}
	return Output{Commands: strings.TrimSuffix(text.String(), "\n"), Objects: objects, Warnings: append(warnings, r.missing()...)}, nil
}

type commands struct {
	comment  string
	commands []string
}

func (r Request) commands() []commands {
	local := fmt.Sprintf("http://localhost:%d", r.LocalPort)
	inPod := fmt.Sprintf("http://localhost:%d", viz.PrometheusPort)
	all := []commands{
		{comment: r.aboutShells()},
		{"1. Over the API server, into the pod itself, where Linkerd's policies do not apply. You need the permission to create pods/portforward. " +
			"The first command goes on until you end it: run the others in a second terminal.",
			[]string{fmt.Sprintf("%s --namespace %s port-forward deployment/%s %d:%d", r.kubectl(), r.Viz.Namespace, viz.PrometheusService, r.LocalPort, viz.PrometheusPort)}},
		{"query returns one value of each series, the last one of the past five minutes: it is no history.", []string{curl(local + r.query())}},
		{"query_range returns history, here that of the last hour by the minute.", []string{curl(local + r.queryRange())}},
		{"federate returns the last value of all series that are selected, as text. It knows no types: all are untyped." + r.warnMissing(), []string{curl(local + r.federate())}},
		{"2. The same without a second terminal, with the permission to create pods/exec.",
			[]string{fmt.Sprintf(`%s --namespace %s exec deployment/%s --container %s -- wget -q -O - "%s"`,
				r.kubectl(), r.Viz.Namespace, viz.PrometheusService, viz.PrometheusContainer, inPod+r.query())}},
	}
	return append(append(all, r.proxied()...), r.fromPods())
}

// aboutShells says what the commands are, and what is to be known of the shells that they are
// for.
func (r Request) aboutShells() string {
	text := fmt.Sprintf("Prometheus' API, of linkerd-viz %s in namespace %s. %s\n"+
		"Paste the commands without the comments. They are the same in sh, bash, zsh, fish, PowerShell and cmd.exe; "+
		"but in Windows' own PowerShell, curl is called curl.exe, and in a batch file of cmd.exe, each %% is to be doubled. "+
		"curl is to be 7.76 or newer.", r.Viz.Version, r.Viz.Namespace, r.keeps())
	if namesFolder(r.pathPrefix() + url.QueryEscape(r.Query)) {
		text += "\nWARNING: cmd.exe puts its current folder in the place of %CD% below. " +
			`For cmd.exe, write the character of your query that has it by its number, such as \u0361, in double quotes of PromQL.`
	}
	return text
}

// keeps says how old a sample may be.
func (r Request) keeps() string {
	if r.Viz.Retention == 0 {
		return "How long it keeps samples is not known: nothing below returns older ones."
	}
	return fmt.Sprintf("It keeps samples for %s: nothing below returns older ones.", model.Duration(r.Viz.Retention))
}

// namesFolder reports whether a part of a URL has by chance the variable of cmd.exe that is its
// current folder, which all characters from U+0340 to U+037F have. What is between two percent
// signs begins with two hexadecimal digits, as no other variable does that Windows sets, but
// for DATE, which would not be UTF-8.
func namesFolder(escaped string) bool { return strings.Contains(escaped, "%CD%") }

// proxied is how to ask through the API server's own proxy.
func (r Request) proxied() []commands {
	if r.Viz.Server != "" {
		return []commands{{comment: "kubectl get --raw, which uses the API server's proxy, is answered with 403 since Linkerd 2.13, because the API server is not meshed."}}
	}
	return []commands{{"3. Through the API server's proxy, with the permission to get services/proxy.", []string{
		fmt.Sprintf(`%s get --raw "/api/v1/namespaces/%s/services/http:%s:%d/proxy%s"`, r.kubectl(), r.Viz.Namespace, viz.PrometheusService, viz.PrometheusPort, r.query()),
	}}}
}

// fromPods is how pods of the cluster ask.
func (r Request) fromPods() commands {
	from := "From a pod in the cluster. " + r.admitted()
	if r.needsPolicy() && !r.Scraper.Known() {
		from = "From a pod in the cluster, once a policy lets it in: run this again with --service-account and --namespace of the pod, or --network. Without one, the answer is 403."
	} else if r.needsPolicy() {
		from = "From a pod in the cluster, once the policy lets it in:\n  " + r.Apply()
	}
	host := fmt.Sprintf("http://%s.%s.svc.cluster.local:%d", viz.PrometheusService, r.Viz.Namespace, viz.PrometheusPort)
	return commands{from, []string{curl(host + r.query())}}
}

func curl(address string) string { return fmt.Sprintf(`curl --fail-with-body "%s"`, address) }

// pathPrefix is the path in front of Prometheus' pages, as it is in a URL.
func (r Request) pathPrefix() string {
	return strings.NewReplacer("%2F", "/", "+", "%20").Replace(url.QueryEscape(r.Viz.PathPrefix))
}

func (r Request) query() string {
	return r.pathPrefix() + "/api/v1/query?query=" + url.QueryEscape(r.Query)
}

func (r Request) queryRange() string {
	end := r.Now.UTC()
	return r.pathPrefix() + fmt.Sprintf("/api/v1/query_range?query=%s&start=%d&end=%d&step=60", url.QueryEscape(r.Query), end.Add(-rangeShown).Unix(), end.Unix())
}

func (r Request) federate() string {
	var parameters []string
	for _, selector := range r.Selectors() {
		parameters = append(parameters, url.QueryEscape("match[]")+"="+url.QueryEscape(selector))
	}
	return r.pathPrefix() + federatePath + "?" + strings.Join(parameters, "&")
}
