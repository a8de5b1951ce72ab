package routes

import (
	"errors"
	"fmt"
	"strings"
)

var errNoURL = errors.New("where to send to is not known: give --url, such as --url https://mimir.example.com/api/v1/push")

// remoteWrite is a part of linkerd-viz' Helm values.
func remoteWrite(r Request) (Output, error) {
	if r.URL == "" {
		return Output{}, errNoURL
	}
	rules := r.relabelings()
	if r.Cluster != "" {
		rules = append(rules, object{{"target_label", "cluster", ""}, {"replacement", strings.ReplaceAll(r.Cluster, "$", "$$"), ""}, {"action", "replace", ""}})
	}
	warnings := r.missing()
	if r.Viz.RemoteWrite {
		warnings = append(warnings, "linkerd-viz' Prometheus has remote write already: add this item to prometheus.remoteWrite in your values, "+
			"since Helm does not merge lists, and what is there now would be lost")
	}
	if r.Cluster == "" {
		warnings = append(warnings, "series of two clusters that write to one store are taken for the same where all labels are: tell them apart with --cluster-name")
	}
	target := object{
		{"name", "linkerd-export", "By this name, Prometheus' own metrics (prometheus_remote_storage_…) tell how it goes."},
		{"url", r.URL, ""},
		{"write_relabel_configs", rules, r.whichSeries()},
	}
	intro := fmt.Sprintf("Remote write: linkerd-viz' Prometheus in namespace %s sends what it scrapes. No policy is needed, since nobody asks it.\n"+
		"Add it to the values with which you upgrade linkerd-viz. Helm does not merge lists: what else is in prometheus.remoteWrite belongs in the same list.\n"+
		"It is sent from Prometheus' write-ahead log: what cannot be sent for two hours is lost. Passwords and tokens belong in files: "+
		"mount a Secret, and name its file in authorization.credentials_file or in basic_auth.password_file.\n"+
		"Mimir, Thanos Receive, VictoriaMetrics, and a Prometheus with --web.enable-remote-write-receiver take it. %s.", r.Viz.Namespace, managedTakesNone)
	for _, w := range warnings {
		intro += "\nWARNING: " + w + "."
	}
	values := object{{"prometheus", object{{"remoteWrite", []object{target}, ""}}, ""}}
	text, err := write(document{intro, values})
	return Output{Config: text, Warnings: warnings}, err
}
