package main

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/installed"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// allowedImagesFlag has the name of the injector's own flag.
const allowedImagesFlag = "allowed-sidecar-images"

func addAllowedImages(flags *pflag.FlagSet, images *[]string) {
	flags.StringSliceVar(images, allowedImagesFlag, nil, "The `images` that the sidecar may run, as in the injector's flag of this name; all if not given")
}

// defaultsOf returns what flags with the names of the injector's own provide.
func defaultsOf(image string, allowed []string) (settings.Defaults, error) {
	images, err := settings.ParseAllowedImages(allowed)
	if err != nil {
		return settings.Defaults{}, fmt.Errorf("--%s: %w", allowedImagesFlag, err)
	}
	return settings.Defaults{SidecarImage: image, AllowedImages: images}, nil
}

// addOwnImage adds the image of this program's version, which an injector of that version
// injects where nothing else is named. With published, it does so only where nodes can pull
// it: not for a development build.
func addOwnImage(defaults *settings.Defaults, published bool) error {
	if defaults.SidecarImage != "" {
		return nil
	}
	if published {
		if unpublished, err := manifests.UnpublishedImage(manifests.Options{Version: chartVersion()}); err != nil || unpublished != "" {
			return err
		}
	}
	var err error
	defaults.SidecarImage, err = manifests.Image(chartVersion())
	return err
}

// chartVersion returns this program's version for the chart, "" where it has none.
func chartVersion() string {
	if version == unreleased {
		return ""
	}
	return version
}

// addInstalled adds what the flags of the injector in the cluster provide, where the
// command line does not say otherwise. An error means that they are not known.
func addInstalled(ctx context.Context, reader client.Reader, defaults *settings.Defaults) error {
	if defaults.SidecarImage != "" && len(defaults.AllowedImages.Texts()) > 0 {
		return nil
	}
	found, err := installed.Defaults(ctx, reader)
	if err != nil {
		return err
	}
	if defaults.SidecarImage == "" {
		defaults.SidecarImage = found.SidecarImage
	}
	if len(defaults.AllowedImages.Texts()) == 0 {
		defaults.AllowedImages = found.AllowedImages
	}
	return nil
}
