package manifests

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

func TestTheSchemaRefusesInvalidValues(t *testing.T) {
	tests := map[string]struct {
		values string
		want   string
	}{
		"an unknown value":                     {"replica: 3", "additional properties 'replica' not allowed"},
		"an unknown value one level down":      {"image: {name: x}", "at '/image': additional properties 'name' not allowed"},
		"a repository with a space":            {"image: {repository: 'a b'}", "at '/image/repository': 'a b' does not match pattern"},
		"a tag with a colon":                   {"image: {tag: 'a:b'}", "at '/image/tag': 'a:b' does not match pattern"},
		"a digest without its algorithm":       {"image: {digest: '0123'}", "at '/image/digest': '0123' does not match pattern"},
		"a tag that YAML makes a number":       {"image: {tag: 1.10}", "at '/image/tag': got number, want string"},
		"a lower-case pull policy":             {"image: {pullPolicy: always}", "at '/image/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'"},
		"a pull secret that is only a name":    {"imagePullSecrets: [mine]", "at '/imagePullSecrets/0': got string, want object"},
		"no replicas":                          {"replicas: 0", "at '/replicas': minimum: got 0, want 1"},
		"a fraction of replicas":               {"replicas: 1.5", "at '/replicas': got number, want integer"},
		"replicas as text":                     {"replicas: '2'", "at '/replicas': got string, want integer"},
		"resources outside requests or limits": {"resources: {cpu: 1}", "at '/resources': additional properties 'cpu' not allowed"},
		"an unknown resource":                  {"resources: {limits: {ram: 1Gi}}", "at '/resources/limits': additional properties 'ram' not allowed"},
		"a quantity in MB":                     {"resources: {limits: {memory: 64MB}}", "at '/resources/limits/memory': '64MB' does not match pattern"},
		"a negative quantity":                  {"resources: {requests: {cpu: -1}}", "at '/resources/requests/cpu': exclusiveMinimum: got -1, want 0"},
		"a failure policy that does not exist": {"failurePolicy: ignore", "at '/failurePolicy': value must be one of 'Ignore', 'Fail'"},
		"an unknown source of certificates":    {"certificates: certmanager", "at '/certificates': value must be one of 'self-managed', 'cert-manager', 'provided'"},
		"a Secret in another namespace":        {"providedCertificate: {secretName: ns/mine}", "at '/providedCertificate/secretName': 'ns/mine' does not match pattern"},
		"a private key among the values":       {"providedCertificate: {key: x}", "at '/providedCertificate': additional properties 'key' not allowed"},
		"a sidecar image that is a flag":       {"sidecarImage: '--x'", "at '/sidecarImage': '--x' does not match pattern"},
		"an allowed image without a registry":  {"allowedSidecarImages: [team/sidecar]", "at '/allowedSidecarImages/0': 'team/sidecar' does not match pattern"},
		"an allowed image with an asterisk":    {"allowedSidecarImages: ['registry.example.com/*']", "at '/allowedSidecarImages/0': 'registry.example.com/*' does not match pattern"},
		"two allowed images in one text":       {"allowedSidecarImages: ['registry.example.com/a,registry.example.com/b']", "does not match pattern"},
		"allowed images that are not a list":   {"allowedSidecarImages: registry.example.com/a", "at '/allowedSidecarImages': got string, want array"},
		"a name of clients with a comma":       {"clientCertificates: {caSecret: x, names: ['a,b']}", "does not match pattern"},
		"a source that is not a peer":          {"networkPolicy: {webhookFrom: [192.0.2.0/28]}", "at '/networkPolicy/webhookFrom/0': got string, want object"},
		"a source without anything":            {"networkPolicy: {metricsFrom: [{}]}", "at '/networkPolicy/metricsFrom/0': minProperties"},
		"a block that is not a CIDR":           {"networkPolicy: {webhookFrom: [{ipBlock: {cidr: 192.0.2.1}}]}", "at '/networkPolicy/webhookFrom/0/ipBlock/cidr': '192.0.2.1' does not match pattern"},
		"an unknown log level":                 {"logLevel: trace", "at '/logLevel': value must be one of 'debug', 'info', 'warn', 'error'"},
		"an unknown log format":                {"logFormat: xml", "at '/logFormat': value must be one of"},
		"a node label that YAML makes a bool":  {"nodeSelector: {spot: true}", "at '/nodeSelector/spot': got boolean, want string"},
		"a toleration with an unknown effect":  {"tolerations: [{effect: NoEffect}]", "at '/tolerations/0/effect': value must be one of"},
		"an unknown affinity":                  {"affinity: {zoneAffinity: {}}", "at '/affinity': additional properties 'zoneAffinity' not allowed"},
		"a priority class in upper case":       {"priorityClassName: High", "at '/priorityClassName': 'High' does not match pattern"},
		"a label whose key has a space":        {"commonLabels: {'a b': c}", "at '/commonLabels': additional properties 'a b' not allowed"},
		"a label value with a space":           {"commonLabels: {team: 'a b'}", "at '/commonLabels/team': 'a b' does not match pattern"},
		"createNamespace as text":              {"createNamespace: 'no'", "at '/createNamespace': got string, want boolean"},
		"a webhook URL without TLS":            {"webhookURL: 'http://192.0.2.7'", "at '/webhookURL': 'http://192.0.2.7' does not match pattern"},
		"a webhook URL with a path":            {"webhookURL: 'https://192.0.2.7/mutate-pods'", "at '/webhookURL': 'https://192.0.2.7/mutate-pods' does not match pattern"},
		"a webhook URL with a user":            {"webhookURL: 'https://me@192.0.2.7'", "at '/webhookURL': 'https://me@192.0.2.7' does not match pattern"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var values map[string]any
			if err := yaml.Unmarshal([]byte(test.values), &values); err != nil {
				t.Fatal(err)
			}
			_, err := Render(Options{Values: values})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v\nwant it to say %s", err, test.want)
			}
		})
	}
}

// Helm sets `global` in the values of a chart that another chart depends on.
func TestTheSchemaAllowsTheChartAsADependency(t *testing.T) {
	if _, err := Render(Options{Values: map[string]any{"global": map[string]any{"region": "eu"}}}); err != nil {
		t.Error(err)
	}
}

func TestTheSchemaHasTheSameValuesAsTheChart(t *testing.T) {
	loaded, err := Chart()
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(loaded.Schema, &schema); err != nil {
		t.Fatal(err)
	}
	known := leaves(schema["properties"].(map[string]any), func(property any) (map[string]any, bool) {
		children, ok := property.(map[string]any)["properties"].(map[string]any)
		return children, ok
	})
	known = slices.DeleteFunc(known, func(name string) bool {
		return name == "global" || strings.HasPrefix(name, "affinity.") || strings.HasPrefix(name, "resources.")
	})
	there := leaves(loaded.Values, func(value any) (map[string]any, bool) {
		children, ok := value.(map[string]any)
		return children, ok && len(children) > 0
	})
	there = slices.DeleteFunc(there, func(name string) bool { return name == "affinity" || strings.HasPrefix(name, "resources.") })
	if diff := cmp.Diff(there, known); diff != "" {
		t.Errorf("values.yaml (-) and values.schema.json (+) differ:\n%s", diff)
	}
}

// leaves lists the dotted names below a tree, sorted.
func leaves(tree map[string]any, descend func(any) (map[string]any, bool)) []string {
	var names []string
	for name, node := range tree {
		children, ok := descend(node)
		if !ok {
			names = append(names, name)
			continue
		}
		for _, child := range leaves(children, descend) {
			names = append(names, name+"."+child)
		}
	}
	slices.Sort(names)
	return names
}

func TestEveryValueHasAComment(t *testing.T) {
	loaded, err := Chart()
	if err != nil {
		t.Fatal(err)
	}
	var text string
	for _, file := range loaded.Raw {
		if file.Name == "values.yaml" {
			text = string(file.Data)
		}
	}
	commented := false
	for _, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(trimmed, "#"):
			commented = true
		case trimmed == "":
			commented = false
		case !commented:
			t.Errorf("there is no comment about %q", trimmed)
		}
	}
	if text == "" {
		t.Error("values.yaml is not in the chart")
	}
}
