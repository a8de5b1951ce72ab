package settings

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWhichSidecar is about what the annotations and the default image lead to together.
func TestWhichSidecar(t *testing.T) {
	const (
		own    = "ghcr.io/linkerd-gcm/linkerd-gcm:v1.0.0"
		mirror = "registry.example.com/mirror/exporter@sha256:0000000000000000000000000000000000000000000000000000000000000000"
	)
	for name, test := range map[string]struct {
		annotations []string // sidecar, sidecar-image, destination; "" is not given
		injector    string   // --sidecar-image
		want        Sidecar
		image       string
		include     []string
		problems    []string
	}{
		"nothing said":                            {[]string{"", "", ""}, own, GCMExporter, own, nil, nil},
		"our own asked for":                       {[]string{"gcm-exporter", "", ""}, own, GCMExporter, own, nil, nil},
		"an image of Google's":                    {[]string{"", image, ""}, own, Stackdriver, image, []string{DefaultInclude}, nil},
		"Google's is the injector's default":      {[]string{"", "", ""}, image, Stackdriver, image, []string{DefaultInclude}, nil},
		"an image whose name does not tell":       {[]string{"", mirror, ""}, own, GCMExporter, mirror, nil, nil},
		"Google's under a name that does not":     {[]string{"stackdriver", mirror, ""}, own, Stackdriver, mirror, []string{DefaultInclude}, nil},
		"Google's is the default, and asked for":  {[]string{"stackdriver", "", ""}, image, Stackdriver, image, []string{DefaultInclude}, nil},
		"our own, in a mirror":                    {[]string{"gcm-exporter", "", ""}, mirror, GCMExporter, mirror, nil, nil},
		"managed Prometheus":                      {[]string{"", "", "managed-prometheus"}, own, GCMExporter, own, nil, nil},
		"our own beside a default that is not so": {[]string{"gcm-exporter", own, ""}, image, GCMExporter, own, nil, nil},

		"Google's without an image": {[]string{"stackdriver", "", ""}, own, Stackdriver, "", []string{DefaultInclude}, []string{
			`annotation gcm.linkerd.io/sidecar-image is missing: Google publishes no image of stackdriver-prometheus-sidecar, so build one and name it, or set gcm.linkerd.io/sidecar to "gcm-exporter"`}},
		"Google's, and a default whose name does not tell": {[]string{"stackdriver", "", ""}, mirror, Stackdriver, "", []string{DefaultInclude}, []string{
			`annotation gcm.linkerd.io/sidecar-image is missing: name an image of stackdriver-prometheus-sidecar (by its name, the injector's --sidecar-image=` + mirror + ` may be another), or set gcm.linkerd.io/sidecar to "gcm-exporter"`}},
		"our own, and a default of Google's": {[]string{"gcm-exporter", "", ""}, image, GCMExporter, "", nil, []string{
			`annotation gcm.linkerd.io/sidecar-image is missing: the injector's --sidecar-image=` + image + ` is one of stackdriver-prometheus-sidecar; name an image of gcm-exporter, or remove the flag`}},
		"our own with an image of Google's": {[]string{"gcm-exporter", image, ""}, own, GCMExporter, image, nil, []string{
			`annotation gcm.linkerd.io/sidecar-image of the namespace is "` + image + `": that is an image of stackdriver-prometheus-sidecar, and the sidecar is gcm-exporter`}},
		"Google's with our own image": {[]string{"stackdriver", own, ""}, own, Stackdriver, own, []string{DefaultInclude}, []string{
			`annotation gcm.linkerd.io/sidecar-image of the namespace is "` + own + `": that is an image of gcm-exporter, and the sidecar is stackdriver-prometheus-sidecar`}},
		"Google's to managed Prometheus": {[]string{"stackdriver", image, "managed-prometheus"}, own, Stackdriver, image, []string{DefaultInclude}, []string{
			`annotation gcm.linkerd.io/destination of the namespace is "managed-prometheus": stackdriver-prometheus-sidecar sends to cloud-monitoring only`}},
		"no such sidecar": {[]string{"google", "", ""}, own, "", own, nil, []string{
			`annotation gcm.linkerd.io/sidecar of the namespace is "google": want gcm-exporter or stackdriver`}},
	} {
		t.Run(name, func(t *testing.T) {
			namespace := map[string]string{Inject: "enabled", ProjectID: "my-project"}
			for i, key := range []string{SidecarName, SidecarImage, Destination} {
				if test.annotations[i] != "" {
					namespace[key] = test.annotations[i]
				}
			}
			s, problems := Parse(namespace, nil, Defaults{SidecarImage: test.injector})
			var messages []string
			for _, p := range problems {
				messages = append(messages, p.String())
			}
			if diff := cmp.Diff(test.problems, messages); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if guessed := name == "an image whose name does not tell"; s.Guessed != guessed {
				t.Errorf("guessed is %v", s.Guessed)
			}
			if s.Sidecar != test.want || s.SidecarImage != test.image || !cmp.Equal(s.Include, test.include) {
				t.Errorf("sidecar %q, image %q, include %q", s.Sidecar, s.SidecarImage, s.Include)
			}
		})
	}
}

// TestOnlyOurOwnStartsWithoutConfigMaps is about what need not exist.
func TestOnlyOurOwnStartsWithoutConfigMaps(t *testing.T) {
	named := map[string]string{RecordingRules: DefaultRulesConfigMap, SidecarConfig: DefaultSidecarConfigMap}
	for name, test := range map[string]struct {
		sidecar  Sidecar
		named    map[string]string
		optional bool
	}{
		"our own":                        {GCMExporter, nil, true},
		"our own, named by annotations":  {GCMExporter, named, false},
		"Google's":                       {Stackdriver, nil, false},
		"Google's, named by annotations": {Stackdriver, named, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := Parse(map[string]string{Inject: "enabled", SidecarName: string(test.sidecar)}, test.named, Defaults{})
			if s.OptionalRules != test.optional || s.OptionalConfig != test.optional {
				t.Errorf("rules %v, configuration %v, want both %v", s.OptionalRules, s.OptionalConfig, test.optional)
			}
			left := len(s.WithoutRules(func(ObjectKey) bool { return true }).RecordingRules)
			if (left == 0) != test.optional || len(s.RecordingRules) != 1 {
				t.Errorf("%d absent rule files are left of %d", left, len(s.RecordingRules))
			}
		})
	}
}
