package settings

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
)

// Source is where a value stands.
type Source string

const (
	// FromNamespace is an annotation of the namespace.
	FromNamespace Source = "namespace"
	// FromPod is an annotation of the pod, which overlays the namespace's.
	FromPod Source = "pod"
	// FromServer is a default that the injector was started with.
	FromServer Source = "injector"
	// FromNowhere is a value that is required and stands nowhere.
	FromNowhere Source = ""
)

// Defaults are the values that the injector itself provides.
type Defaults struct {
	// SidecarImage is used where no annotation names an image.
	SidecarImage string
}

// Problem is one thing wrong with the annotations. Its message says what was
// wanted.
type Problem struct {
	Source Source
	Key    string
	Value  string
	// Part is the piece of the value that is wrong, where it is not the whole.
	Part    string
	Fault   Fault
	Message string
}

// Error names the annotation, its place, its value and the fix, in a line.
func (p Problem) Error() string {
	if p.Source == FromNowhere {
		return fmt.Sprintf("annotation %s is missing: %s", p.Key, p.Message)
	}
	if p.Source == FromServer {
		return fmt.Sprintf("the injector's default for %s is %s: %s", p.Key, quoted(p.Value), p.Message)
	}
	return fmt.Sprintf("annotation %s of the %s is %s: %s", p.Key, p.Source, quoted(p.Value), p.Message)
}

// quoted is a value as messages repeat it, which is not at any length: annotations
// may have 256 KiB.
func quoted(value string) string {
	const longest = 100
	if len(value) <= longest*utf8.UTFMax && utf8.RuneCountInString(value) <= longest {
		return strconv.Quote(value)
	}
	return fmt.Sprintf("%.*q…", longest, value)
}

// Parse overlays the namespace's annotations with the pod's and reads them.
// All problems are returned, in the order of the keys and then of the table;
// settings with problems are not to be injected, but OnInvalid holds in any case.
func Parse(namespace, pod map[string]string, defaults Defaults) (Settings, []Problem) {
	s := Settings{OnInvalid: Deny}
	problems := append(unknownKeys(namespace, FromNamespace), unknownKeys(pod, FromPod)...)
	values := map[string]given{}
	for _, a := range Annotations {
		g := lookup(a, namespace, pod, defaults)
		values[a.Key] = g
		if g.source == FromNowhere {
			continue
		}
		for _, m := range mistakes(a.set(&s, g.value)) {
			problems = append(problems, Problem{g.source, a.Key, g.value, m.part, m.fault, m.Error()})
		}
	}
	if !s.Enabled {
		return s, problems
	}
	problems = append(problems, missing(values)...)
	return s, append(problems, s.fitRequests(values)...)
}

// given is the value that holds for an annotation and where it stands.
type given struct {
	value  string
	source Source
}

func lookup(a Annotation, namespace, pod map[string]string, defaults Defaults) given {
	if value, ok := pod[a.Key]; ok {
		return given{value, FromPod}
	}
	if value, ok := namespace[a.Key]; ok {
		return given{value, FromNamespace}
	}
	if a.Key == SidecarImage && defaults.SidecarImage != "" {
		return given{defaults.SidecarImage, FromServer}
	}
	if a.Default != "" {
		return given{a.Default, FromServer}
	}
	return given{}
}

// missing reports the annotations that have no default and no value.
func missing(values map[string]given) []Problem {
	var problems []Problem
	for _, required := range []struct{ key, fix string }{
		{ProjectID, "set it to the Google Cloud project that is to receive the metrics"},
		{SidecarImage, "set it, or start the injector with --sidecar-image; Google publishes no image, so build one"},
	} {
		if values[required.key].source == FromNowhere {
			problems = append(problems, Problem{Key: required.key, Fault: MissingValue, Message: required.fix})
		}
	}
	return problems
}

var requests = []struct {
	name corev1.ResourceName
	key  string
}{{cpu, SidecarCPURequest}, {memory, SidecarMemoryRequest}}

// fitRequests lowers a request to the limit where the request is only a
// default, and reports a user's own request above the limit.
func (s *Settings) fitRequests(values map[string]given) []Problem {
	var problems []Problem
	for _, r := range requests {
		name, key := r.name, r.key
		limit, limited := s.Resources.Limits[name]
		request := s.Resources.Requests[name]
		switch {
		case !limited || request.Cmp(limit) <= 0:
		case values[key].source == FromServer:
			s.Resources.Requests[name] = limit
		default:
			problems = append(problems, Problem{Source: values[key].source, Key: key, Value: values[key].value, Fault: InvalidValue,
				Message: fmt.Sprintf("the request is above the limit %s; lower it or raise the limit", limit.String())})
		}
	}
	return problems
}
