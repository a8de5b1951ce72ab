package offline

import "regexp"

// hashed matches a name to which kustomize has appended a hash of the content: ten
// characters of an alphabet that spells no words (kustomize, api/hasher/hasher.go).
var hashed = regexp.MustCompile(`^(.+)-[bcdfghkmt2456789]{10}$`)

// withoutHash returns a name without the hash that kustomize appends, the name itself where
// it has none.
func withoutHash(name string) string {
	if match := hashed.FindStringSubmatch(name); match != nil {
		return match[1]
	}
	return name
}
