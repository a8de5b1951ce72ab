package settings

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/distribution/reference"
)

// AllowedImages is the list of images that the sidecar may run. The zero AllowedImages
// allows every image.
type AllowedImages struct{ entries []allowedImage }

// allowedImage is one entry of the list.
type allowedImage struct {
	text string
	// repository ends in a slash where all repositories that begin with it are meant.
	repository  string
	tag, digest string
}

// ParseAllowedImages reads the entries of a list. Each begins with a registry, and is one
// of these:
//
//   - a repository, registry.example.com/team/sidecar: with any tag and any digest;
//   - a repository with a tag: with that tag, and without a digest, because container
//     runtimes ignore the tag of an image that has both;
//   - a repository with a digest: with that digest, and any tag or none;
//   - the beginning of repositories up to a slash, registry.example.com/team/.
//
// The error names the first entry that is none of them.
func ParseAllowedImages(entries []string) (AllowedImages, error) {
	var list AllowedImages
	for _, text := range entries {
		entry, err := parseAllowedImage(text)
		if err != nil {
			return AllowedImages{}, fmt.Errorf("%q is not an image such as registry.example.com/team/sidecar:0.10.1, and not the beginning of one such as registry.example.com/team/: %w", text, err)
		}
		list.entries = append(list.entries, entry)
	}
	return list, nil
}

func parseAllowedImage(text string) (allowedImage, error) {
	if strings.HasSuffix(text, "/") {
		_, err := parseWithRegistry(text + "x")
		return allowedImage{text: text, repository: text}, err
	}
	image, err := parseWithRegistry(text)
	if err != nil {
		return allowedImage{}, err
	}
	return allowedImage{text: text, repository: image.Name(), tag: tagOf(image), digest: digestOf(image)}, nil
}

// Texts returns the entries as they were given.
func (a AllowedImages) Texts() []string {
	texts := make([]string, 0, len(a.entries))
	for _, entry := range a.entries {
		texts = append(texts, entry.text)
	}
	return texts
}

// Allows reports whether an image is on the list. An image that does not name its registry
// is on none: where such an image comes from is up to each node.
func (a AllowedImages) Allows(image string) bool {
	if len(a.entries) == 0 {
		return true
	}
	named, err := parseWithRegistry(image)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(a.entries, func(entry allowedImage) bool { return entry.matches(named) })
}

func (a allowedImage) matches(image reference.Named) bool {
	if strings.HasSuffix(a.repository, "/") {
		return strings.HasPrefix(image.Name(), a.repository)
	}
	digest := digestOf(image)
	switch {
	case image.Name() != a.repository:
		return false
	case a.digest != "":
		return digest == a.digest
	case a.tag != "":
		return digest == "" && tagOf(reference.TagNameOnly(image)) == a.tag
	}
	return true
}

var errNoRegistry = errors.New("it does not begin with a registry")

// parseWithRegistry parses an image that begins with its registry.
func parseWithRegistry(image string) (reference.Named, error) {
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(image, reference.Domain(named)+"/") {
		return nil, errNoRegistry
	}
	return named, nil
}

func tagOf(image reference.Named) string {
	if tagged, is := image.(reference.Tagged); is {
		return tagged.Tag()
	}
	return ""
}

func digestOf(image reference.Named) string {
	if digested, is := image.(reference.Digested); is {
		return digested.Digest().String()
	}
	return ""
}

// notAllowed reports an image that is not on the injector's list.
func (s Settings) notAllowed(values map[string]given, allowed AllowedImages) []Diagnostic {
	if s.SidecarImage == "" || allowed.Allows(s.SidecarImage) {
		return nil
	}
	err := valueError{code: imageNotAllowedRule,
		error: fmt.Errorf("the injector allows only these images (--allowed-sidecar-images): %s", strings.Join(allowed.Texts(), ", "))}
	diagnostic := err.diagnostic(SidecarImage, values[SidecarImage])
	diagnostic.Fix = "use one of them, or have the image added to the list"
	if _, err := parseWithRegistry(s.SidecarImage); errors.Is(err, errNoRegistry) {
		diagnostic.Fix = "write its registry, such as docker.io/library/, before the name"
	} else if diagnostic.Origin == FromServer {
		diagnostic.Fix = "name one of them in the annotation, or have the injector's --sidecar-image changed"
	}
	return []Diagnostic{diagnostic}
}
