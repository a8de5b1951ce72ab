package routes

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
	printed "github.com/linkerd-gcm/linkerd-gcm/routes"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// A command is one that texts have, and how it is run as it is printed.
type command struct {
	// pattern matches it, and no more than it, at the beginning of a text.
	pattern string
	// run runs it; nil where these are words of a sentence.
	run func(m *mesh, line string)
}

// commandsKnown are all that export, advise and their documentation print.
var commandsKnown = []command{
	{`kubectl needs no policy`, nil},
	{`kubectl get --raw, which`, nil},
	{`curl is (called|to be)`, nil},

	{`curl --fail-with-body "[^"]*"$`, (*mesh).runCurl},
	{`kubectl --namespace \S+ port-forward \S+ \d+:\d+$`, (*mesh).runWithoutNode},
	{`kubectl --namespace \S+ exec \S+ --container \S+ -- wget -q -O - "[^"]*"$`, (*mesh).runWithoutNode},
	{`kubectl get --raw "[^"]*"$`, (*mesh).runWithoutNode},
	{`kubectl auth can-i list \S+ (--namespace \S+|--all-namespaces) --as \S+$`, (*mesh).runQuestion},
	{`kubectl --namespace \S+ get pods --selector \S+$`, (*mesh).runPlain},
	{`kubectl --namespace \S+ get (deployment|service) \S+ --output yaml$`, (*mesh).runPlain},
	{`kubectl --namespace \S+ delete \S+ \S+$`, (*mesh).runPlain},
	{`kubectl --namespace \S+ edit \S+ \S+[^,\s]`, (*mesh).runEdit},
	{`linkerd-gcm export \S+ .*--output objects \| kubectl apply -f -$`, (*mesh).runObjects},
	{`linkerd-gcm install \| kubectl apply --server-side -f -$`, (*mesh).runInstall},
	{`linkerd-gcm check$`, (*mesh).runCheck},
	{`linkerd-gcm export \S+ --check$`, (*mesh).runCheck},
	{`linkerd-gcm export remote-write$`, (*mesh).runAsking},
	{`linkerd-gcm (export|advise)( [^|]*)?$`, (*mesh).runPlain},
}

func (m *mesh) runPlain(line string) { m.mustRun(line) }

// mustRun runs a command, and wants it to succeed and to print something.
func (m *mesh) mustRun(line string) {
	m.t.Helper()
	if out, err := m.shell(line); err != nil || out == "" {
		m.t.Errorf("error %v, %s prints %q", err, line, out)
	}
}

// runCurl asks linkerd-viz' Prometheus. What resolves its names is in .curlrc.
func (m *mesh) runCurl(line string) {
	m.t.Helper()
	out, err := m.shell(line)
	if err != nil || !strings.Contains(out, `"status":"success"`) && !strings.Contains(out, "# TYPE") {
		m.t.Errorf("error %v, %s prints %q", err, line, out)
	}
}

// runWithoutNode runs what needs a node. On a node, it is run by the tests of package live.
func (m *mesh) runWithoutNode(line string) {
	m.t.Helper()
	m.expectUnderstood(m.t, line, []string{"sh"})
}

// runQuestion asks about a permission: no is an answer, with the exit code 1.
func (m *mesh) runQuestion(line string) {
	m.t.Helper()
	if out, err := m.shell(line); strings.TrimSpace(out) != "yes" && strings.TrimSpace(out) != "no" {
		m.t.Errorf("error %v, %s prints %q", err, line, out)
	}
}

// runEdit does what the text says to do in the editor.
func (m *mesh) runEdit(line string) {
	m.t.Helper()
	m.mustRun("export EDITOR='sed -i s/accessPolicy:.*/accessPolicy:\\ deny/'; " + line)
}

// runObjects applies objects, in which a field that a kind does not have is an error. The
// Server of the proxies is removed, since with it there is more to be told, and so is the
// permission in all namespaces, which other tests do without.
func (m *mesh) runObjects(line string) {
	m.t.Helper()
	m.mustRun(strings.Replace(line, "kubectl apply", "kubectl apply --validate=strict", 1))
	m.mustRun(line)
	m.printed("kubectl --namespace " + m.shop() + " delete server proxy-admin --ignore-not-found")
	m.printed("kubectl delete clusterrolebinding linkerd-proxy-from-monitoring.prometheus --ignore-not-found")
}

// runInstall installs the injector, and uninstalls it.
func (m *mesh) runInstall(line string) {
	m.t.Helper()
	m.mustRun(line)
	m.mustRun("linkerd-gcm uninstall | kubectl delete -f -")
}

// runAsking runs what a page names a route by, where it cannot work without a flag, and wants
// to be asked for it.
func (m *mesh) runAsking(line string) {
	m.t.Helper()
	if _, err := m.shell(line); err == nil || !strings.Contains(err.Error(), ": give --url, such as ") {
		m.t.Errorf("error %v, from %s", err, line)
	}
}

// runCheck runs a check. What it finds is not what is tested.
func (m *mesh) runCheck(line string) {
	m.t.Helper()
	if out, _ := m.shell(line); !strings.Contains(out, "√") {
		m.t.Errorf("%s prints %q", line, out)
	}
}

var (
	programsNamed = regexp.MustCompile("(^|[\\s(\"'`])(kubectl|linkerd-gcm|linkerd|helm|curl|wget) ")
	commentProse  = regexp.MustCompile(`^\s*# \S`)
)

// unwrapped are the lines of a text, with those of a paragraph of a comment in one.
func unwrapped(text string) []string {
	var lines []string
	prose := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		before := prose
		prose = commentProse.MatchString(line)
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "#"))
		if prose && before {
			lines[len(lines)-1] += " " + line
		} else {
			lines = append(lines, line)
		}
	}
	return lines
}

// A printedCommand is a command of a text.
type printedCommand struct {
	command

	line string
}

// commandsIn returns the commands of a text, and those that are not known.
func commandsIn(text string) (found []printedCommand, unknown []string) {
	for _, line := range unwrapped(text) {
		for rest := line; ; {
			at := programsNamed.FindStringSubmatchIndex(rest)
			if at == nil {
				break
			}
			rest = rest[at[4]:] // from the program on
			is := ""
			for _, c := range commandsKnown {
				if is = regexp.MustCompile("^" + c.pattern).FindString(rest); is != "" {
					found = append(found, printedCommand{c, is})
					break
				}
			}
			if is == "" {
				unknown = append(unknown, rest)
				break
			}
			rest = rest[len(is):]
		}
	}
	return found, unknown
}

func TestCommandsAreFoundInTexts(t *testing.T) {
	const text = `# Ask for it, as in (linkerd-gcm
# advise) or so:
#   kubectl auth can-i list pods --namespace a --as b
linkerd-gcm: note: kubectl needs no policy, helm upgrade linkerd-viz does
a_linkerd-gcm export_b linkerd-viz
  linkerd-gcm export federation --output objects | kubectl apply -f -
linkerd-gcm install | kubectl apply -f -
`
	found, unknown := commandsIn(text)
	var lines []string
	for _, c := range found {
		lines = append(lines, c.line)
	}
	want := []string{"kubectl auth can-i list pods --namespace a --as b", "kubectl needs no policy", "linkerd-gcm export federation --output objects | kubectl apply -f -"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	want = []string{"linkerd-gcm advise) or so:", "helm upgrade linkerd-viz does", "linkerd-gcm install | kubectl apply -f -"}
	if diff := cmp.Diff(want, unknown); diff != "" {
		t.Errorf("not known (-want +got):\n%s", diff)
	}
}

// knownIn returns the commands of a text. One that is not known is an error.
func knownIn(t *testing.T, text string) []printedCommand {
	t.Helper()
	found, unknown := commandsIn(text)
	for _, line := range unknown {
		t.Errorf("no test knows how to run %q", line)
	}
	return found
}

// TestEveryPrintedCommandRuns runs all commands in all that export and advise print, in the
// states of a cluster in which they print different ones, and those of the documentation. What
// is printed for the proxies depends on all namespaces, so this does not run in parallel with
// others.
func TestEveryPrintedCommandRuns(t *testing.T) {
	m := newMeshIn(t, 12, viz.Namespace) // which documents and examples mean
	m.awaitScraped(m.startViz())
	names := "connect-to = \"localhost:9090:" + m.ip + ":9090\"\nconnect-to = \"prometheus." + m.namespace + ".svc.cluster.local:9090:" + m.ip + ":9090\"\n"
	if err := os.WriteFile(filepath.Join(m.folder, ".curlrc"), []byte(names), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"linkerd-policies.yaml", "managed-prometheus.yaml"} {
		m.apply(readFile(t, "e2e/routes/testdata/"+file))
	}
	m.applyOperatorsKinds()
	ran := map[string]bool{}
	run := func(text string) {
		for _, c := range knownIn(t, text) {
			if c.run != nil && !ran[c.line] {
				c.run(m, c.line)
			}
			ran[c.line], ran[c.pattern] = true, true
		}
	}
	run(m.everything()) // everybody is let in
	run(named(t))
	m.apply("apiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: {name: prometheus-admin, namespace: " + m.namespace + "}\n" +
		"spec: {podSelector: {matchLabels: {component: prometheus}}, port: admin, proxyProtocol: HTTP/1}\n")
	m.markPrometheus(corev1.ConditionFalse)
	run(m.everything())
	m.markPrometheusReady()
	run(m.everything())
	run(documented(t))
	m.expectSameCluster()

	m.withExporter()
	m.apply("apiVersion: policy.linkerd.io/v1alpha1\nkind: NetworkAuthentication\nmetadata: {name: everybody, namespace: " + m.namespace + "}\nspec: {networks: [{cidr: 0.0.0.0/0}]}\n")
	m.apply("apiVersion: policy.linkerd.io/v1alpha1\nkind: AuthorizationPolicy\nmetadata: {name: open, namespace: " + m.namespace + "}\n" +
		"spec: {targetRef: {group: policy.linkerd.io, kind: Server, name: prometheus-admin}, requiredAuthenticationRefs: [{group: policy.linkerd.io, kind: NetworkAuthentication, name: everybody}]}\n")
	run(m.everything())
	m.apply("apiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: {name: prometheus-admin, namespace: " + m.namespace + "}\n" +
		"spec: {podSelector: {matchLabels: {component: prometheus}}, port: admin, proxyProtocol: HTTP/1, accessPolicy: all-unauthenticated}\n")
	run(m.everything())
	if out, _ := m.shell("linkerd-gcm export federation --check" + who); !strings.Contains(out, "√ linkerd-viz") || strings.Contains(out, "lets everybody") {
		t.Errorf("after the commands that are to close it, the check says:\n%s", out)
	}
	for _, c := range commandsKnown {
		if !ran[c.pattern] {
			t.Errorf("no text has a command like %s any more", c.pattern)
		}
	}
	knownIn(t, goldenTexts(t))
}

// everything is all that export and advise print, on stdout and stderr.
func (m *mesh) everything() string {
	var text strings.Builder
	add := func(line string) {
		out, err := m.shell(line + " 2>&1")
		if out == "" {
			m.t.Errorf("error %v, %s prints nothing", err, line)
		}
		text.WriteString(out + "\n")
	}
	for _, scraper := range []string{"", who, " --network 10.8.0.0/14"} {
		add("linkerd-gcm advise" + scraper)
		for _, route := range printed.Routes {
			options := []string{""}
			if route.Name == "remote-write" {
				if scraper != "" {
					continue
				}
				options = []string{"", " --url https://mimir.example.com/api/v1/push", " --url https://monitoring.googleapis.com/"}
			}
			if route.Name == "proxies" {
				options = append(options, " --deny-namespace "+m.shop()+" --metrics golden,routes")
			}
			for _, form := range route.Forms[1:] {
				options = append(options, " --"+string(form))
			}
			for _, option := range options {
				add("linkerd-gcm export " + route.Name + scraper + option)
				add("linkerd-gcm export " + route.Name + scraper + option + " --check")
			}
		}
	}
	add("linkerd-gcm export servicemonitor --viz-version edge-25.7.1" + who)
	return text.String()
}

// expectSameCluster runs commands that are printed for a cluster that is named by a flag alone.
func (m *mesh) expectSameCluster() {
	m.t.Helper()
	const nowhere = "export KUBECONFIG=nowhere; "
	text := m.printed(nowhere + "linkerd-gcm export federation --kubeconfig " + plane.Cluster.Kubeconfig + who)
	count := 0
	for line := range strings.Lines(text) {
		if line, is := strings.CutPrefix(line, "#   "); is {
			count++
			m.mustRun(nowhere + line + "true")
		}
	}
	if count != 2 {
		m.t.Errorf("%d commands in\n%s", count, text)
	}
}

// withExporter gives linkerd-viz a pod of Prometheus with gcm-exporter in it.
func (m *mesh) withExporter() {
	m.t.Helper()
	no := false
	m.create(&corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "prometheus-exported", Namespace: m.namespace, Labels: viz.PrometheusLabels()},
		Spec: corev1.PodSpec{AutomountServiceAccountToken: &no, Containers: []corev1.Container{
			{Name: viz.PrometheusContainer, Image: "prometheus", Ports: []corev1.ContainerPort{{Name: "admin", ContainerPort: viz.PrometheusPort}}},
			{Name: "gcm-exporter", Image: "gcm-exporter"},
		}},
	})
}

// inline is a command of ours between backquotes.
var inline = regexp.MustCompile("`(linkerd-gcm [^`]+)`")

// named are the commands by which docs/routes.md calls the routes, one a line, with values for
// what stands for them. They are complete where no policy is needed.
func named(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for _, command := range inline.FindAllStringSubmatch(readFile(t, "docs/routes.md"), -1) {
		line := strings.ReplaceAll(strings.ReplaceAll(command[1], "\n", " "), "--url URL", "--url https://mimir.example.com/api/v1/push")
		for _, route := range printed.Routes {
			if !strings.Contains(line, "ROUTE") {
				text.WriteString(line + "\n")
				break
			}
			if route.Name != "remote-write" || strings.Contains(line, "--check") {
				text.WriteString(strings.ReplaceAll(line, "ROUTE", route.Name) + "\n")
			}
		}
	}
	return text.String()
}

// documented are the examples of docs/routes.md and of help.
func documented(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for _, block := range regexp.MustCompile("(?s)```bash\n(.*?)```").FindAllStringSubmatch(readFile(t, "docs/routes.md"), -1) {
		text.WriteString(block[1])
	}
	help, err := fs.Glob(os.DirFS(filepath.Join(root(t), "cmd", "linkerd-gcm", "testdata", "help")), "linkerd-gcm-*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range help {
		if !strings.HasPrefix(file, "linkerd-gcm-export-") && file != "linkerd-gcm-advise.txt" {
			continue
		}
		_, examples, _ := strings.Cut(readFile(t, "cmd/linkerd-gcm/testdata/help/"+file), "\nExamples:\n")
		examples, _, _ = strings.Cut(examples, "\nFlags:\n")
		text.WriteString(examples)
	}
	return text.String()
}

// goldenTexts are all that tests have printed in other states.
func goldenTexts(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for _, folder := range []string{"routes/testdata", "cmd/linkerd-gcm/testdata/export", "cmd/linkerd-gcm/testdata/advise"} {
		err := filepath.WalkDir(filepath.Join(root(t), folder), func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() && !strings.Contains(path, "/fuzz/") {
				content, err := os.ReadFile(path)
				text.WriteString(strings.ReplaceAll(string(content), " --kubeconfig KUBECONFIG", "") + "\n")
				return err
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return text.String()
}

// readFile returns a file of the repository.
func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func root(t *testing.T) string {
	t.Helper()
	path, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
