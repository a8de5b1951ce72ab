package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/internal/golden"
	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

const (
	forMeshed = "--viz-version 2.20 --service-account prometheus --namespace monitoring"
	forStore  = "--viz-version 2.20 --url https://mimir.example.com/api/v1/push --cluster-name west"
)

func TestExportOutputs(t *testing.T) {
	for name, args := range map[string]string{
		"federation":         "federation " + forMeshed + " --interval 1m --recorded with --sample-limit 0",
		"federation-config":  "federation " + forMeshed + " --output config",
		"federation-objects": "federation " + forMeshed + " -o objects",
		"servicemonitor":     "servicemonitor " + forMeshed + " --label release=monitoring,team=a --monitor-namespace monitoring --port-name web",
		"remote-write":       "remote-write " + forStore,
		"proxies":            "proxies " + forMeshed + " --metrics golden,routes",
	} {
		t.Run(name, func(t *testing.T) {
			got := execute("", append([]string{"export"}, strings.Fields(args)...)...)
			if got.code != 0 || got.errOut != "" {
				t.Errorf("exit code %d, stderr %q", got.code, got.errOut)
			}
			golden.Compare(t, filepath.Join("export", name+".yaml"), got.out)
		})
	}
}

// TestExportWarns wants what a text warns of on stderr, too, where it is seen although stdout
// goes to kubectl.
func TestExportWarns(t *testing.T) {
	for args, want := range map[string]string{
		"federation --viz-version 2.19 --network 10.8.0.0/14":               "whoever has an address in 10.8.0.0/14",
		"servicemonitor --viz-version 2.20 --managed --network 10.8.0.0/14": "renames their own to exported_job",
		"federation --viz-version 2.20 --network 34.0.0.0/8":                "34.0.0.0/8 has public addresses",
		"remote-write --viz-version 2.19 --cluster-name a --url http://a/":  "linkerd-viz 2.19 has no metrics of the control plane",
		"remote-write --viz-version 2.19 --url https://mimir.example.com/":  "tell them apart with --cluster-name",
		"proxies --viz-version 2.19 --metrics all":                          "every metric of every proxy",
		"proxies " + forMeshed + " --deny-namespace shop":                   "namespace shop: its proxies have default policies that are not known",
	} {
		got := execute("", append([]string{"export"}, strings.Fields(args)...)...)
		if got.code != 0 || !strings.Contains(got.errOut, "linkerd-gcm: warning: ") || !strings.Contains(got.errOut, want) {
			t.Errorf("%s: exit code %d, want %q on stderr:\n%s", args, got.code, want, got.errOut)
		}
	}
}

func TestANewerVersionIsSaidToBeAssumed(t *testing.T) {
	for version, want := range map[string]bool{"2.20": false, "edge-26.8.3": false, "2.99": true, "edge-99.1.1": true} {
		got := execute("", "export", "api", "--viz-version", version)
		if noted := strings.Contains(got.errOut, "note: --viz-version "+version+" is newer than all that are known: what 2.20 has is assumed"); got.code != 0 || noted != want {
			t.Errorf("%s: exit code %d, want a note: %v, stderr %q", version, got.code, want, got.errOut)
		}
	}
}

func TestExportRefusals(t *testing.T) {
	// Kubernetes' own words.
	subdomain, labelValue := validation.IsDNS1123Subdomain("A")[0], validation.IsValidLabelValue("a/b")[0]
	label := validation.IsDNS1123Label("A")[0]
	for name, test := range map[string]struct{ args, want string }{
		"an unknown route":           {"federate", `there is no command "federate"; did you mean "federation"? See linkerd-gcm export --help`},
		"a route unlike any":         {"carrier-pigeon", `there is no command "carrier-pigeon"; see linkerd-gcm export --help`},
		"an argument":                {"federation now", `linkerd-gcm export federation takes no argument, but was given "now"; see linkerd-gcm export federation --help`},
		"a flag of another route":    {"api --interval 10s", "linkerd-gcm export api has no flag --interval, but these have: linkerd-gcm export federation, linkerd-gcm export proxies, linkerd-gcm export servicemonitor. See linkerd-gcm export api --help"},
		"who is not let in":          {"remote-write --service-account prometheus", "linkerd-gcm export remote-write has no flag --service-account, but these have: linkerd-gcm export api, linkerd-gcm export federation, linkerd-gcm export proxies, linkerd-gcm export servicemonitor. See linkerd-gcm export remote-write --help"},
		"a letter of other routes":   {"remote-write -n monitoring", "linkerd-gcm export remote-write has no flag -n, but these have: linkerd-gcm export api, linkerd-gcm export federation, linkerd-gcm export proxies, linkerd-gcm export servicemonitor. See linkerd-gcm export remote-write --help"},
		"a flag that is misspelt":    {"remote-write --cluster-nam west", "there is no flag --cluster-nam; did you mean --cluster-name? See linkerd-gcm export remote-write --help"},
		"a flag of nobody":           {"remote-write --speed 9", "there is no flag --speed; see linkerd-gcm export remote-write --help"},
		"an unknown version":         {"federation --viz-version latest", `--viz-version is "latest": want a version of Linkerd, such as 2.19, stable-2.14.10 or edge-25.10.7`},
		"a chart's version":          {"federation --viz-version 30.12.11", `--viz-version is "30.12.11": it is the version of a chart: give Linkerd's, which helm list shows as APP VERSION, such as stable-2.14.10`},
		"an unknown output":          {"federation -o yaml", `--output is "yaml": want all, config or objects`},
		"objects that there are not": {"remote-write -o objects " + forStore, `--output is "objects", and export remote-write prints what belongs in a file alone: give --output config`},
		"a file of commands":         {"api --viz-version 2.19 -o config", `--output is "config", and export api prints commands for a shell: leave --output out`},
		"a file of objects":          {"servicemonitor -o config " + forMeshed, `--output is "config", and this is printed as objects alone: give --output objects`},
		"a policy and none":          {"federation -o objects --no-policy --viz-version 2.20", `--output is "objects", and --no-policy leaves out all that there would be to apply: leave one of the two out`},
		"no policy for proxies":      {"proxies -o objects --network 10.8.0.0/14 --viz-version 2.19", `--output is "objects", and there is nothing to apply: no namespace is known whose proxies refuse a scraper; --deny-namespace names one`},
		"no policy before 2.13":      {"federation -o objects --viz-version 2.12", `--output is "objects", and there is nothing to apply: linkerd-viz 2.12 lets in whom the mesh lets in, and needs no policy`},
		"a policy for nobody":        {"api -o objects --viz-version 2.19", `--output is "objects", and ` + routes.ErrNobody.Error()},
		"nobody knows which network": {"proxies --managed --deny-namespace shop --viz-version 2.19", "the proxies of namespace shop do not let everybody in, and " + routes.ErrNoCollectors.Error()},
		"two operators":              {"proxies --managed --operator --viz-version 2.19", "--managed is given with --operator, and a monitor is for one of the two: leave the other out"},
		"a limit that is no number":  {"proxies --sample-limit many", `--sample-limit is "many": want a number; see linkerd-gcm export proxies --help`},
		"neither yes nor no":         {"proxies --no-policy=maybe", `--no-policy is "maybe": want true or false; see linkerd-gcm export proxies --help`},
		"a label without a value":    {"servicemonitor --label release", `--label is "release": want key=value, such as release=monitoring; see linkerd-gcm export servicemonitor --help`},
		"before linkerd-viz":         {"federation --viz-version 2.9", `--viz-version is "2.9": there is no linkerd-viz before Linkerd 2.10: want that version or a later one`},
		"nowhere to send to":         {"remote-write --viz-version 2.19", "where to send to is not known: give --url, such as --url https://mimir.example.com/api/v1/push"},
		"a secret in a query":        {"remote-write --viz-version 2.19 --url https://mimir.example.com/push?token=hush", `--url is "https://mimir.example.com/push…": its parameter token looks like a secret, which everybody who may read the ConfigMap could read: mount a Secret, and name its file in authorization.credentials_file or in basic_auth.password_file; if it is none, leave it out here, and add it to the url that is printed`},
		"a password":                 {"remote-write --viz-version 2.19 --url https://me:hush@mimir.example.com/push", `--url is "https://mimir.example.com/push…": it holds a user or a password, which everybody who may read the ConfigMap could read: mount a Secret, and name its file in authorization.credentials_file or in basic_auth.password_file`},
		"a short interval":           {"federation " + forMeshed + " --interval 5s", `--interval is "5s": want a duration from 10s to 2m, such as 30s: linkerd-viz' charts scrape every 10s, and a sample is forgotten after 5m`},
		"a negative limit":           {"federation " + forMeshed + " --sample-limit -1", "--sample-limit is -1: want a number of samples, or 0 for no limit"},
		"recorded series":            {"federation " + forMeshed + " --recorded yes", `--recorded is "yes": want without, with or only`},
		"an unknown set":             {"proxies --viz-version 2.19 --metrics gold", `--metrics has "gold": want golden, tcp, routes, policy, all`},
		"a network for everybody":    {"federation --viz-version 2.19 --network 0.0.0.0/0", `--network is "0.0.0.0/0": 0.0.0.0/0 is wider than any private network, and would let everybody read the metrics: give the network of the scraper's pods, such as 10.8.0.0/14`},
		"an account without a place": {"federation --viz-version 2.19 --service-account prometheus", `--service-account is "prometheus", and where it is is not said: give --namespace, too`},
		"a namespace of nobody":      {"federation --viz-version 2.19 --network 10.0.0.0/8 --namespace monitoring", `--namespace is "monitoring", and is that of --service-account: give that, too, or leave it out`},
		"an address":                 {"federation --viz-version 2.19 --network 10.0.0.5", `--network is "10.0.0.5": want a network: 10.0.0.5/32 is this address alone`},
		"both":                       {"federation --network 10.0.0.0/8 " + forMeshed, "--service-account is for what is meshed, and --network for what is not: leave one of the two out"},
		"collectors in the mesh":     {"servicemonitor --managed " + forMeshed, "--service-account is given with --managed, whose collectors are not meshed: give --network with the network that they run in"},
		"an account's name":          {"federation --viz-version 2.19 --no-policy --namespace b --service-account A", `--service-account is "A": want its name, such as prometheus: ` + subdomain},
		"a label that is none":       {"servicemonitor " + forMeshed + " --label release=a/b", `--label has "release=a/b": want key=value, such as release=monitoring: ` + labelValue},
		"a label for nobody":         {"proxies --viz-version 2.19 --label release=a", "--label is for prometheus-operator: give --operator, too, or leave it out"},
		"a monitor that is none":     {"proxies --viz-version 2.19 --managed --monitor-namespace a", "--monitor-namespace is given with --managed, and is for prometheus-operator: leave one of the two out"},
		"a monitor's namespace":      {"proxies --viz-version 2.19 --operator --monitor-namespace A", `--monitor-namespace is "A": want the name of a namespace, such as shop: ` + label},
		"a port's name":              {"servicemonitor " + forMeshed + " --port-name Admin", `--port-name is "Admin": want the name of the port, such as admin: ` + label},
		"no metrics":                 {"proxies --viz-version 2.19 --metrics=", "--metrics is empty, and nothing would be kept: want golden, tcp, routes, policy, all"},
		"no query":                   {"api --viz-version 2.19 --query=", `--query is "": want a question in PromQL, such as up: unknown position: parse error: no expression found in input`},
		"half a query":               {"api --viz-version 2.19 --query sum(", `--query is "sum(": want a question in PromQL, such as up: 1:5: parse error: unclosed left parenthesis`},
		"a port of no machine":       {"api --viz-version 2.19 --local-port 0", "--local-port is 0: want a port of this machine, from 1 to 65535"},
		"policies before 2.12":       {"proxies --viz-version 2.11 --deny-namespace shop --network 10.0.0.0/8", "the proxies of namespace shop do not let everybody in, and there are no AuthorizationPolicies before Linkerd 2.12: upgrade Linkerd, or write a ServerAuthorization (2.11) and give --no-policy"},
		"an IPv4 network in IPv6":    {"federation --viz-version 2.19 --network ::ffff:0.0.0.0/96", `--network is "::ffff:0.0.0.0/96": ::ffff:0.0.0.0/96 is an IPv4 network in IPv6's notation: give it as IPv4, such as 10.8.0.0/14`},
		"neither":                    {"federation --viz-version 2.19", "linkerd-viz answers 403 to everybody but its own API (Server linkerd-viz/prometheus-admin), and " + routes.ErrNobody.Error()},
		"a port that has two names":  {"servicemonitor --viz-version edge-25.7.1 --service-account a --namespace b", "the name of Prometheus' port is not known: it is admin-http up to Linkerd 2.18 and admin from 2.19; give --port-name, which is shown by kubectl --namespace linkerd-viz get service prometheus --output yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			got := execute("", append([]string{"export"}, strings.Fields(test.args)...)...)
			if diff := cmp.Diff(outcome{2, "", "linkerd-gcm: " + test.want + "\n"}, got, cmp.AllowUnexported(outcome{})); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

// TestInvocationsAreTakenBack runs the command that a text names for its objects, through a
// shell, and wants the same objects.
func TestInvocationsAreTakenBack(t *testing.T) {
	for _, args := range [][]string{
		{"federation", "--viz-version", "2.19", "--service-account", "prometheus", "--namespace", "monitoring"},
		{"proxies", "--viz-version", "2.19", "--deny-namespace", "a", "--deny-namespace", "b", "--metrics", "golden,tcp", "--network", "10.0.0.0/8", "--network", "fd00::/8"},
		{"servicemonitor", "--viz-version", "2.19", "--label", "team=a,release=b", "--managed=false", "--no-policy"},
		{"api", "--viz-version", "2.19", "--network", "10.0.0.0/8", "--query", "request_total{\npod=~'a|$b'}[5m]", "--local-port", "9"},
		{"federation", "--viz-version", "2.19", "--network", "10.0.0.0/8", "--context", `the "west" one's`, "--as", "me", "--as-group", "a b", "--as-group", "c"},
	} {
		_, rest, _ := strings.Cut(execute("", append([]string{"export"}, args...)...).out, "#   linkerd-gcm ")
		line, _, _ := strings.Cut(rest, " | kubectl")
		want := execute("", append([]string{"export", "--output", "objects"}, args...)...)
		words, err := exec.CommandContext(t.Context(), "sh", "-c", "printf '%s\\n' "+line).Output()
		if err != nil {
			t.Fatal(err)
		}
		got := execute("", strings.Split(strings.TrimSuffix(string(words), "\n"), "\n")...)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(outcome{})); diff != "" || want.code != 0 {
			t.Errorf("%q is printed as %q (-want +got):\n%s", args, line, diff)
		}
	}
}

func TestANamespaceThatIsNamedTwiceIsPrintedOnce(t *testing.T) {
	const args = "export proxies --viz-version 2.19 --network 10.0.0.0/8 --deny-namespace shop --deny-namespace shop"
	if got := strings.Count(execute("", strings.Fields(args)...).out, "kind: Server\nmetadata:"); got != 1 {
		t.Errorf("there are %d Servers", got)
	}
}

func TestEveryRouteHasExamplesThatRun(t *testing.T) {
	for _, cmd := range newExport(genericiooptions.NewTestIOStreamsDiscard(), nil).Commands() {
		count := 0
		for line := range strings.Lines(cmd.Example) {
			command, _, _ := strings.Cut(strings.TrimSpace(line), " | ")
			if !strings.HasPrefix(command, "linkerd-gcm export "+cmd.Name()) {
				continue
			}
			count++
			if !strings.Contains(command, "--viz-version") {
				command += " --viz-version 2.20"
			}
			words, err := exec.CommandContext(t.Context(), "sh", "-c", "printf '%s\\n' "+strings.TrimPrefix(command, "linkerd-gcm ")).Output()
			if err != nil {
				t.Fatal(err)
			}
			if got := execute("", strings.Split(strings.TrimSuffix(string(words), "\n"), "\n")...); got.code != 0 {
				t.Errorf("%s: exit code %d, stderr %s", command, got.code, got.errOut)
			}
		}
		if count == 0 {
			t.Errorf("export %s has no example", cmd.Name())
		}
	}
}
