package viz

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Admission says whom linkerd-viz lets talk to its Prometheus by Linkerd's policies.
type Admission string

// What the charts have done, one after the other.
const (
	// NoPolicy leaves it to the default policy of the mesh.
	NoPolicy Admission = "no policy"
	// Everybody is let in, by a policy that says so.
	Everybody Admission = "everybody"
	// MetricsAPI lets in linkerd-viz' own service account metrics-api alone; all others are
	// answered with 403.
	MetricsAPI Admission = "metrics-api"
)

// PrometheusServer is Linkerd's Server on the port of linkerd-viz' Prometheus, in charts
// that admit MetricsAPI alone (viz/charts/linkerd-viz/templates/prometheus-policy.yaml).
const PrometheusServer = "prometheus-admin"

// OpenPolicy is the name of the Server on the port of linkerd-viz' Prometheus, and of the
// policy that lets in everybody, in charts that admit Everybody
// (viz/charts/linkerd-viz/templates/admin-policy.yaml).
const OpenPolicy = "admin"

// PrometheusService is the name of Prometheus' Service, its Deployment and its
// ServiceAccount.
const PrometheusService = "prometheus"

// A Release is what the charts of one release have that matters to those who read
// linkerd-viz' Prometheus from outside.
type Release struct {
	// Name is Linkerd's version, such as 2.19.
	Name string
	// PortName is the name of Prometheus' port, of the Service and of the container. It is ""
	// where the charts since the release before have had either name.
	PortName string
	// MulticlusterJobs are the scrape jobs of the multicluster extension's controllers.
	MulticlusterJobs []string
	// Admission says whom the charts let in.
	Admission Admission
	// PolicyVersion is the version of Linkerd's Server that the charts use, "" where there
	// is none.
	PolicyVersion string

	// edge is the edge release that is this version, or that was asked for, as a year, a month
	// and a number. Versions up to 2.14 have stable releases.
	edge [3]int
}

// Edge releases that changed what the charts' scrape jobs find, and the last one whose charts
// the table has been compared with.
var (
	portsRenamed = [3]int{25, 6, 3} // linkerd2's #14111
	jobsRepaired = [3]int{26, 4, 1} // linkerd2's #15090
	lastCompared = [3]int{26, 8, 3}
	afterAll     = [3]int{math.MaxInt}
)

// MissesControllers reports whether the charts' scrape jobs miss the control plane and the
// multicluster extension: they look for ports called admin, and in these, that name has been
// made longer, such as dest-admin.
func (r Release) MissesControllers() bool {
	return !before(r.edge, portsRenamed) && before(r.edge, jobsRepaired)
}

// Newer reports whether a release is newer than all that are known, and has in the table what
// the newest one has.
func (r Release) Newer() bool { return before(lastCompared, r.edge) }

// OldPortName is what the port was called before linkerd2's #14111.
const OldPortName = "admin-http"

// The multicluster extension's scrape job, before and after it was renamed.
const (
	serviceMirrorJob = "linkerd-service-mirror"
	multiclusterJob  = "linkerd-multicluster-controller"
)

// Releases is the table of linkerd-viz' releases, from the oldest one. Between two edge
// releases of the table, the charts are those of either.
var Releases = []Release{
	{"2.10", OldPortName, []string{serviceMirrorJob}, NoPolicy, "", [3]int{}},
	{"2.11", OldPortName, []string{serviceMirrorJob}, Everybody, "v1beta1", [3]int{}},
	{"2.12", OldPortName, []string{serviceMirrorJob}, Everybody, "v1beta1", [3]int{}},
	{"2.13", OldPortName, []string{serviceMirrorJob}, MetricsAPI, "v1beta1", [3]int{}},
	{"2.14", OldPortName, []string{serviceMirrorJob}, MetricsAPI, "v1beta1", [3]int{}},
	{"2.15", OldPortName, []string{serviceMirrorJob}, MetricsAPI, "v1beta2", [3]int{24, 2, 4}},
	{"2.16", OldPortName, []string{serviceMirrorJob}, MetricsAPI, "v1beta3", [3]int{24, 8, 2}},
	{"2.17", OldPortName, []string{serviceMirrorJob}, MetricsAPI, "v1beta3", [3]int{24, 11, 8}},
	{"2.18", OldPortName, []string{multiclusterJob}, MetricsAPI, "v1beta3", [3]int{25, 4, 4}},
	{"2.19", PrometheusPortName, []string{multiclusterJob}, MetricsAPI, "v1beta3", [3]int{25, 10, 7}},
	{"2.20", PrometheusPortName, []string{multiclusterJob}, MetricsAPI, "v1beta3", [3]int{26, 6, 3}},
}

// HasAuthorizationPolicies reports whether Linkerd knows AuthorizationPolicies, which came
// with 2.12.
func (r Release) HasAuthorizationPolicies() bool { return r.Name != "2.10" && r.Name != "2.11" }

// LatestRelease is the newest one of the table, for those who name none.
func LatestRelease() Release { return Releases[len(Releases)-1] }

var versionText = regexp.MustCompile(`^(?:stable-|edge-|version-|enterprise-)?v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+].*)?$`)

// The first numbers of versions: of Linkerd, and of charts before and after they had the
// numbers of edge releases.
const (
	linkerdMajor  = 2
	firstMinor    = 10
	oldChartMajor = 30
	century       = 2000
	firstEdge     = 18
)

// FindRelease returns the release that a version of Linkerd belongs to, such as 2.19,
// stable-2.14.10, edge-25.10.7 or a chart's 2025.10.7. For an edge release between two
// releases that differ, it returns what is certain. A newer one than all has what the
// newest has, and says so.
func FindRelease(version string) (Release, error) {
	found := versionText.FindStringSubmatch(version)
	if found == nil {
		return Release{}, errors.New("want a version of Linkerd, such as 2.19, stable-2.14.10 or edge-25.10.7")
	}
	var numbers [3]int
	for i := range numbers {
		n, err := strconv.Atoi(cmp.Or(found[i+1], "0"))
		if err != nil {
			return Release{}, fmt.Errorf("want a version of Linkerd, such as 2.19: %q is too large a number", found[i+1])
		}
		numbers[i] = n
	}
	switch major := numbers[0]; {
	case major == linkerdMajor:
		return minorRelease(numbers[1])
	case major == oldChartMajor && !strings.HasPrefix(version, "edge-"):
		return Release{}, errors.New("it is the version of a chart: give Linkerd's, which helm list shows as APP VERSION, such as stable-2.14.10")
	case major > century:
		numbers[0] -= century
		return edgeRelease(numbers)
	case major >= firstEdge:
		return edgeRelease(numbers)
	}
	return Release{}, errors.New("want a version of Linkerd, such as 2.19, stable-2.14.10 or edge-25.10.7")
}

func minorRelease(minor int) (Release, error) {
	for _, r := range Releases {
		if r.Name == fmt.Sprintf("%d.%d", linkerdMajor, minor) {
			return r, nil
		}
	}
	if minor < firstMinor {
		return Release{}, fmt.Errorf("there is no linkerd-viz before Linkerd %s: want that version or a later one", Releases[0].Name)
	}
	latest := LatestRelease()
	latest.Name, latest.edge = fmt.Sprintf("%d.%d", linkerdMajor, minor), afterAll
	return latest, nil
}

// edgeRelease returns what an edge release has.
func edgeRelease(edge [3]int) (Release, error) {
	found := Release{}
	for _, next := range Releases {
		switch {
		case next.edge == [3]int{}:
		case !before(edge, next.edge):
			found = next
		case found.Name == "":
			return Release{}, fmt.Errorf("nothing is known of edge releases before %d.%d.%d: give the version of the next stable release, such as 2.14", next.edge[0], next.edge[1], next.edge[2])
		case edge != found.edge:
			return between(edge, found, next), nil
		default:
			return found, nil
		}
	}
	found.edge = edge
	return found, nil
}

// between returns what two releases have in common.
func between(edge [3]int, older, newer Release) Release {
	r := older
	r.Name, r.edge = fmt.Sprintf("edge-%d.%d.%d", edge[0], edge[1], edge[2]), edge
	if older.PortName != newer.PortName {
		r.PortName = ""
	}
	if older.MulticlusterJobs[0] != newer.MulticlusterJobs[0] {
		r.MulticlusterJobs = append([]string{older.MulticlusterJobs[0]}, newer.MulticlusterJobs...)
	}
	return r
}

// before reports whether an edge release came before another.
func before(a, b [3]int) bool {
	return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]), cmp.Compare(a[2], b[2])) < 0
}
