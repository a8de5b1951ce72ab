package manifests

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	chartutil "helm.sh/helm/v4/pkg/chart/common/util"
)

// released matches the versions that a release may have; their images are published.
// What `git describe` says of any other commit, such as v0.1.0-5-g0123abc, is not one.
var released = regexp.MustCompile(`^v\d+\.\d+\.\d+(-(alpha|beta|rc)\.?\d+)?$`)

// UnpublishedImage returns the injector's image if it is one that no release publishes:
// where Version is that of a development build, and the values name no other image. It
// returns "" otherwise, or if the options are not valid, which Render says.
func UnpublishedImage(options Options) (string, error) {
	if options.Version == "" || released.MatchString(options.Version) {
		return "", nil
	}
	loaded, err := Chart()
	if err != nil {
		return "", err
	}
	own := referenceIn(loaded.Values)
	values, err := chartutil.CoalesceValues(loaded, options.Values)
	if err != nil {
		return "", fmt.Errorf("reading the values: %w", err)
	}
	if referenceIn(values) != own || values["webhookURL"] != "" {
		return "", nil
	}
	return Image(options.Version)
}

// Image returns the image that the chart installs for a version, or for its own if that is
// empty, where no value names another one. UnpublishedImage says whether nodes can pull it.
func Image(version string) (string, error) {
	loaded, err := Chart()
	if err != nil {
		return "", err
	}
	tag := strings.ReplaceAll(cmp.Or(version, loaded.Metadata.AppVersion), "+", "_")
	return referenceIn(loaded.Values).repository + ":" + tag, nil
}

// reference is what an image is named by.
type reference struct{ repository, tag, digest string }

func referenceIn(values map[string]any) reference {
	found, _ := values["image"].(map[string]any)
	return reference{fmt.Sprint(found["repository"]), fmt.Sprint(found["tag"]), fmt.Sprint(found["digest"])}
}
