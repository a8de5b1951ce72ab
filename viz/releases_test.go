package viz

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
)

func TestReleasesOfVersions(t *testing.T) {
	both := []string{serviceMirrorJob, multiclusterJob}
	for version, want := range map[string]Release{
		"2.10":             {"2.10", OldPortName, both[:1], NoPolicy, "", [3]int{}},
		"stable-2.11.5":    {"2.11", OldPortName, both[:1], Everybody, "v1beta1", [3]int{}},
		"stable-2.14.10":   {"2.14", OldPortName, both[:1], MetricsAPI, "v1beta1", [3]int{}},
		"v2.15.0":          {"2.15", OldPortName, both[:1], MetricsAPI, "v1beta2", [3]int{24, 2, 4}},
		"version-2.17":     {"2.17", OldPortName, both[:1], MetricsAPI, "v1beta3", [3]int{24, 11, 8}},
		"edge-24.11.8":     {"2.17", OldPortName, both[:1], MetricsAPI, "v1beta3", [3]int{24, 11, 8}},
		"enterprise-2.18":  {"2.18", OldPortName, both[1:], MetricsAPI, "v1beta3", [3]int{25, 4, 4}},
		"2025.10.7":        {"2.19", PrometheusPortName, both[1:], MetricsAPI, "v1beta3", [3]int{25, 10, 7}},
		"2.21":             {"2.21", PrometheusPortName, both[1:], MetricsAPI, "v1beta3", afterAll},
		"edge-26.8.3":      {"2.20", PrometheusPortName, both[1:], MetricsAPI, "v1beta3", [3]int{26, 8, 3}},
		"edge-25.1.2":      {"edge-25.1.2", OldPortName, both, MetricsAPI, "v1beta3", [3]int{25, 1, 2}},
		"25.7.1":           {"edge-25.7.1", "", both[1:], MetricsAPI, "v1beta3", [3]int{25, 7, 1}},
		"edge-26.1.1-rc.1": {"edge-26.1.1", PrometheusPortName, both[1:], MetricsAPI, "v1beta3", [3]int{26, 1, 1}},
	} {
		got, err := FindRelease(version)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Release{})); diff != "" || err != nil {
			t.Errorf("%s: error %v, release (-want +got):\n%s", version, err, diff)
		}
	}
	for _, version := range []string{"", "2", "latest", "2.9.5", "stable-2.9", "30.12.11", "edge-23.1.1", "3.0", "2.99999999999999999999"} {
		if got, err := FindRelease(version); err == nil {
			t.Errorf("%q is taken for %+v", version, got)
		}
	}
}

// TestWhatIsSaidOfReleases has on both sides of each change an edge release.
func TestWhatIsSaidOfReleases(t *testing.T) {
	for version, want := range map[string][2]bool{ // misses controllers, newer
		"2.10": {}, "2.18": {}, "edge-25.6.2": {}, "edge-25.6.3": {true, false}, "2.19": {true, false}, "edge-26.3.3": {true, false},
		"edge-26.4.1": {}, "2.20": {}, "edge-26.8.3": {}, "edge-26.8.4": {false, true}, "2.21": {false, true}, "edge-27.1.1": {false, true},
	} {
		release, err := FindRelease(version)
		if got := [2]bool{release.MissesControllers(), release.Newer()}; err != nil || got != want {
			t.Errorf("%s: error %v, misses controllers and is newer: %v, want %v", version, err, got, want)
		}
	}
}

var (
	portName = regexp.MustCompile(`(?m)^  - name: (\S+)\n    port: 9090$`)
	madeBy   = regexp.MustCompile(`linkerd\.io/created-by: linkerd/helm (\S+)`)
	server   = regexp.MustCompile(`(?m)^apiVersion: policy\.linkerd\.io/(\S+)\nkind: Server$`)
)

// TestReleasesAreThoseOfTheCharts compares the table with what charts render.
func TestReleasesAreThoseOfTheCharts(t *testing.T) {
	for _, file := range charts.Real(t, charts.Rendered) {
		if file.Variant != "default" {
			continue
		}
		text, err := os.ReadFile(file.Path)
		if err != nil {
			t.Fatal(err)
		}
		release, err := FindRelease(string(madeBy.FindSubmatch(text)[1]))
		if err != nil {
			t.Fatal(err)
		}
		if port := portName.FindSubmatch(text); port == nil || string(port[1]) != release.PortName {
			t.Errorf("%s: port %q, the table says %s", file, port, release.PortName)
		}
		if version := server.FindSubmatch(text); version == nil || string(version[1]) != release.PolicyVersion {
			t.Errorf("%s: Server of %q, the table says %s", file, version, release.PolicyVersion)
		}
		restricted := regexp.MustCompile(`(?m)^  name: ` + PrometheusServer + "$").Match(text)
		if restricted != (release.Admission == MetricsAPI) {
			t.Errorf("%s: has Server %s: %v, the table says %s", file, PrometheusServer, restricted, release.Admission)
		}
		finds := regexp.MustCompile(`(?m)^ +regex: (\.\*admin\$|admin-http)$`).Match(text)
		if finds == release.MissesControllers() {
			t.Errorf("%s: its jobs find controllers: %v, the table says they miss them: %v", file, finds, release.MissesControllers())
		}
		var jobs []string
		for _, config := range chartScrapeConfigs(t, file) {
			if config.JobName == serviceMirrorJob || config.JobName == multiclusterJob {
				jobs = append(jobs, config.JobName)
			}
		}
		if !slices.Equal(jobs, release.MulticlusterJobs) {
			t.Errorf("%s: jobs %q, the table says %q", file, jobs, release.MulticlusterJobs)
		}
	}
}
