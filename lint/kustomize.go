package lint

import (
	"fmt"
	"regexp"
	"strings"
)

// hashed matches a name to which kustomize has appended a hash of the content: ten
// characters of an alphabet that spells no words (kustomize, api/hasher/hasher.go).
var hashed = regexp.MustCompile(`^(.+)-[bcdfghkmt2456789]{10}$`)

// WithoutHash returns a name without the hash that kustomize appends, the name itself where
// it has none.
func WithoutHash(name string) string {
	if match := hashed.FindStringSubmatch(name); match != nil {
		return match[1]
	}
	return name
}

// MayBeNamed reports whether kustomize may have made a name of another one: by a hash, or by
// a namePrefix or a nameSuffix. These have a hyphen or a dot at the seam, and so has the
// other name somewhere: a short one, such as rules, is a part of too many others.
func MayBeNamed(name, of string) bool {
	const seams = "-."
	own := WithoutHash(name)
	if own == of || !strings.ContainsAny(of, seams) {
		return own == of
	}
	before, after, found := strings.Cut(own, of)
	return found && (before == "" || strings.ContainsAny(before[len(before)-1:], seams)) && (after == "" || strings.ContainsAny(after[:1], seams))
}

// Finding says that what names the object, such as "the annotations name", does so by another
// name.
func (r Renamed) Finding(where string) Finding {
	what, fix := r.by()
	return Finding{
		Rule: "POD005", Severity: Error, Object: r.Object, Fix: fix,
		Message: fmt.Sprintf("%s %s %s, but %s: in the input it is %s", where, r.Object.Kind, r.Wanted, what, r.Object.Name),
		Reason: "kustomize also changes a name in the fields that refer to it, but not in annotations: " +
			"the kubelet keeps the pod waiting in ContainerCreating for an object that does not exist.",
	}
}

// by says what in kustomization.yaml has made the name another one, and what to do so that
// it stays the same; the name that is then wanted is written where the settings name it.
func (r Renamed) by() (what, fix string) {
	own := WithoutHash(r.Object.Name)
	isHashed, isAffixed := own != r.Object.Name, own != r.Wanted
	switch {
	case isHashed && isAffixed:
		return "namePrefix or nameSuffix and the hash of its generator have changed its name",
			fmt.Sprintf("set disableNameSuffixHash: true in the options of the generator in kustomization.yaml, and name the %s %s", r.Object.Kind, own)
	case isHashed:
		return "kustomize has appended a hash to its name",
			fmt.Sprintf("set disableNameSuffixHash: true in the options of the generator in kustomization.yaml, or name the %s as it is", r.Object.Kind)
	}
	return "its name is another one, as after namePrefix or nameSuffix of kustomize",
		fmt.Sprintf("name the %s %s, or leave it out of what has the namePrefix or nameSuffix", r.Object.Kind, own)
}
