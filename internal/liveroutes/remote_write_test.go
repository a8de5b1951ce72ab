package liveroutes

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

func TestCheckOfRemoteWrite(t *testing.T) {
	const (
		wanted = "https://mimir.example.com/api/v1/push"
		add    = "; upgrade linkerd-viz with the values that this command prints with --url, and without --check"
		none   = "× linkerd-viz' Prometheus has no remote_write in its configuration (ConfigMap linkerd-viz/prometheus-config)" + add
		right  = "√ linkerd-viz' Prometheus has remote_write to " + wanted + ", with the rules that are printed"
		wait   = "; wait a minute, and ask again; where it stays so, see Prometheus' log"
		asked  = "asked from inside its pod, Prometheus has sent "
	)
	metrics := func(attempts, failed, retried, pending string) string {
		var text strings.Builder
		for name, value := range map[string]string{"total counter": attempts, "failed_total counter": failed, "retried_total counter": retried, "pending gauge": pending} {
			name, kind, _ := strings.Cut("prometheus_remote_storage_samples_"+name, " ")
			text.WriteString("# TYPE " + name + " " + kind + "\n" + name + "{remote_name=\"a\",url=\"" + wanted + "\"} " + value + "\n" + name + "{remote_name=\"b\",url=\"http://other\"} 7\n")
		}
		return text.String()
	}
	works := metrics("10", "0", "3", "6")
	for name, test := range map[string]struct {
		url, remotes, metrics string
		want                  []string
	}{
		"none":                                {wanted, "[]", works, []string{none}},
		"not known":                           {wanted, "", works, []string{"‼ whether linkerd-viz' Prometheus has remote_write is not known", "‼ Prometheus' scrape jobs are not known, those of the charts are assumed"}},
		"which is not asked":                  {"", "[{url: 'http://user:secret@other'}]", works, []string{"‼ linkerd-viz' Prometheus has remote_write to http://other…; whether that is the right one is not known; give --url, and the other flags with which it was printed"}},
		"another URL":                         {wanted, "[{url: http://other}]", works, []string{"× linkerd-viz' Prometheus has no remote_write to --url, but to http://other" + add}},
		"other rules":                         {wanted, "[{url: '" + wanted + "', write_relabel_configs: [{regex: '.*', action: drop}]}]", works, []string{"‼ linkerd-viz' Prometheus has remote_write to " + wanted + " with other rules (write_relabel_configs), and may send other series than these flags choose; compare them with what this command prints without --check, with the same flags as then", "√ " + asked + "7 samples since it began, and none was refused"}},
		"as printed":                          {wanted, "[{url: http://other}, {url: '" + wanted + "', RULES}]", works, []string{right, "√ " + asked + "7 samples since it began, and none was refused"}},
		"some refused":                        {wanted, "[{url: '" + wanted + "', RULES}]", metrics("10", "2", "0", "7"), []string{right, "‼ " + asked + "8 samples since it began, and 2 were refused; see Prometheus' log"}},
		"all refused":                         {wanted, "[{url: '" + wanted + "', RULES}]", metrics("10", "10", "0", "0"), []string{right, "× " + asked + "nothing that is known to have arrived: of 10 samples, 10 were refused and 0 are tried again; see Prometheus' log"}},
		"all refused, but those on their way": {wanted, "[{url: '" + wanted + "', RULES}]", metrics("12", "10", "0", "2"), []string{right, "× " + asked + "nothing that is known to have arrived: of 12 samples, 10 were refused and 0 are tried again; see Prometheus' log"}},
		"all tried again":                     {wanted, "[{url: '" + wanted + "', RULES}]", metrics("10", "0", "10", "5"), []string{right, "× " + asked + "nothing that is known to have arrived: of 10 samples, 0 were refused and 10 are tried again; see Prometheus' log"}},
		"all on their way":                    {wanted, "[{url: '" + wanted + "', RULES}]", metrics("2000", "0", "0", "2000"), []string{right, "‼ asked from inside its pod, Prometheus has begun to send 2000 samples, and none is known to have arrived yet" + wait}},
		"none yet":                            {wanted, "[{url: '" + wanted + "', RULES}]", metrics("0", "0", "0", "0"), []string{right, "‼ " + asked + "no samples yet" + wait}},
		"without its metrics":                 {wanted, "[{url: '" + wanted + "', RULES}]", "up 1\n", []string{right, "‼ asked from inside its pod, Prometheus does not say how many samples it has sent"}},
	} {
		t.Run(name, func(t *testing.T) {
			route, _ := routes.Find("remote-write")
			r := requestFor(routes.Scraper{}, routes.Plain)
			r.URL = test.url
			a := installed()
			a[core+"services/http:prometheus:9090/proxy/metrics"], a[inPod] = "403 ", test.metrics
			config := core + "configmaps/prometheus-config"
			a[config] = strings.Replace(a[config], `"}}`, `\nremote_write: `+strings.Replace(test.remotes, "RULES", "write_relabel_configs: "+rulesOf(t, a, r), 1)+`"}}`, 1)
			if test.remotes == "" {
				a[config] = "403 "
			}
			found, err := a.start(t).Check(t.Context(), route, r, "APPLY")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, texts(found)[1:]); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
		})
	}
}

// rulesOf are those that are printed, in one line as JSON in a string of JSON has them.
func rulesOf(t *testing.T, a apiServer, r routes.Request) string {
	t.Helper()
	v, err := a.start(t).Viz(t.Context(), "linkerd-viz")
	if err != nil {
		t.Fatal(err)
	}
	route, _ := routes.Find("remote-write")
	r.URL = "http://any"
	item, err := printed(v, route, r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := yaml.Marshal(item.Rules)
	if err != nil {
		t.Fatal(err)
	}
	inJSON, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(string(inJSON))
}
