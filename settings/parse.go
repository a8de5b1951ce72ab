package settings

import (
	"cmp"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// Origin is where a value is from.
type Origin string

const (
	// FromNamespace is an annotation of the namespace.
	FromNamespace Origin = "namespace"
	// FromPod is an annotation of the pod, which overlays the namespace's.
	FromPod Origin = "pod"
	// FromServer is a default that the injector was started with.
	FromServer Origin = "injector"
	// FromNowhere is a value that is required and given nowhere.
	FromNowhere Origin = ""
)

// Defaults are the values that the injector itself provides.
type Defaults struct {
	// SidecarImage is used where no annotation names an image.
	SidecarImage string
	// Sidecar runs where neither an annotation nor an image tells; "" is GCMExporter.
	Sidecar Sidecar
	// AllowedImages are the images that the sidecar may run, whoever names them.
	AllowedImages AllowedImages
}

// Parse overlays the namespace's annotations with the pod's and reads them. All
// diagnostics are returned, in the order of the keys and then of the table; settings with
// any are not to be injected, but OnInvalid holds in any case.
func Parse(namespace, pod map[string]string, defaults Defaults) (Settings, []Diagnostic) {
	s := Settings{OnInvalid: Deny}
	diagnostics := append(unknownKeys(namespace, FromNamespace), unknownKeys(pod, FromPod)...)
	values := make(map[string]given, len(Annotations))
	for _, a := range Annotations {
		g := lookup(a, namespace, pod, defaults, values[SidecarName].value)
		values[a.Key] = g
		if g.origin == FromNowhere {
			continue
		}
		for _, err := range valueErrors(a.set(&s, g.value)) {
			diagnostics = append(diagnostics, err.diagnostic(a.Key, g))
		}
	}
	s.complete(values)
	if !s.Enabled {
		return s, diagnostics
	}
	diagnostics = append(diagnostics, s.missing(values, defaults)...)
	diagnostics = append(diagnostics, s.fitSidecar(values)...)
	diagnostics = append(diagnostics, s.notAllowed(values, defaults.AllowedImages)...)
	return s, append(diagnostics, s.fitRequests(values)...)
}

// given is the value that holds for an annotation and where it is from.
type given struct {
	value  string
	origin Origin
}

// lookup returns the value of an annotation. The sidecar's own stands before that of its image
// in the table, and decides which default image fits.
func lookup(a Annotation, namespace, pod map[string]string, defaults Defaults, sidecar string) given {
	if value, ok := pod[a.Key]; ok {
		return given{value, FromPod}
	}
	if value, ok := namespace[a.Key]; ok {
		return given{value, FromNamespace}
	}
	switch {
	case a.Key == SidecarName:
		return impliedSidecar(cmp.Or(pod[SidecarImage], namespace[SidecarImage], defaults.SidecarImage), defaults.Sidecar)
	case a.Key == SidecarImage && defaults.fits(sidecar):
		return given{defaults.SidecarImage, FromServer}
	}
	if a.Default != "" {
		return given{a.Default, FromServer}
	}
	return given{}
}

// fits reports whether there is an image that the sidecar may run where no annotation names
// one. The injector's own image, which the chart gives, may have any name in a mirror; Google's
// sidecar therefore takes none that is not known to be of it.
func (d Defaults) fits(sidecar string) bool {
	of := sidecarOf(d.SidecarImage)
	if sidecar == string(Stackdriver) {
		return of == Stackdriver
	}
	return d.SidecarImage != "" && (sidecar != string(GCMExporter) || of != Stackdriver)
}

// complete sets what depends on other settings where no annotation says it.
func (s *Settings) complete(values map[string]given) {
	s.Guessed = values[SidecarName].origin == FromServer && s.SidecarImage != "" && sidecarOf(s.SidecarImage) == ""
	if s.Sidecar == Stackdriver {
		if values[Include].origin == FromNowhere {
			s.Include = []string{DefaultInclude}
		}
		return
	}
	s.OptionalRules = values[RecordingRules].origin == FromServer
	s.OptionalConfig = values[SidecarConfig].origin == FromServer
}

// missing reports the annotations that have no default and no value.
func (s Settings) missing(values map[string]given, defaults Defaults) []Diagnostic {
	var diagnostics []Diagnostic
	if values[ProjectID].origin == FromNowhere {
		diagnostics = append(diagnostics, Diagnostic{Diagnostic: source.Diagnostic{Code: projectRule,
			Message: "set it to the Google Cloud project that is to receive the metrics"}, Key: ProjectID})
	}
	if values[SidecarImage].origin == FromNowhere {
		diagnostics = append(diagnostics, s.missingImage(defaults))
	}
	return diagnostics
}

var requests = []struct {
	name corev1.ResourceName
	key  string
}{{cpu, SidecarCPURequest}, {memory, SidecarMemoryRequest}}

// fitRequests lowers a request to the limit where the request is only a
// default, and reports a user's own request above the limit.
func (s *Settings) fitRequests(values map[string]given) []Diagnostic {
	var diagnostics []Diagnostic
	for _, r := range requests {
		name, key := r.name, r.key
		limit, limited := s.Resources.Limits[name]
		request := s.Resources.Requests[name]
		switch {
		case !limited || request.Cmp(limit) <= 0:
		case values[key].origin == FromServer:
			s.Resources.Requests[name] = limit
		default:
			err := valueError{code: invalidValueRule, error: fmt.Errorf("the request is above the limit %s; lower it or raise the limit", limit.String())}
			diagnostics = append(diagnostics, err.diagnostic(key, values[key]))
		}
	}
	return diagnostics
}
