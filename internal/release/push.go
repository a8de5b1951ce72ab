package release

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// PushImage builds the image of both servers for every platform and pushes it to a repository
// of a registry, such as registry.example.com/team/linkerd-gcm, with the credentials that
// `docker login` stored. It is for builds that are in no release. It returns the image's
// reference, whose tag is the one that `linkerd gcm install` of the same version names.
func PushImage(ctx context.Context, checkout, version, repository string) (reference string, err error) {
	tag, err := name.NewTag(repository+":"+strings.ReplaceAll(version, "+", "_"), name.StrictValidation)
	if err != nil {
		return "", fmt.Errorf("naming the image: %w; give a registry and a repository without a tag, such as registry.example.com/team/%s", err, imageTitle)
	}
	scratch, err := os.MkdirTemp("", imageTitle+"-image-")
	if err != nil {
		return "", fmt.Errorf("making a folder for the build: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	if err := buildServers(ctx, checkout, version, scratch); err != nil {
		return "", err
	}
	index, err := imagesOf(version, scratch)
	if err != nil {
		return "", err
	}
	if err := remote.WriteIndex(tag, index, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
		return "", fmt.Errorf("pushing %s: %w", tag, err)
	}
	return tag.String(), nil
}
