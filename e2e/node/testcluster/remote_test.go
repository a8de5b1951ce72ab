package testcluster

import (
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/images"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

func TestARegistryGetsImagesUnderTheirReference(t *testing.T) {
	server := httptest.NewServer(registry.New())
	defer server.Close()
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	image, err := images.Pause.Make(t.Context(), root, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	reference, err := remoteRegistry(strings.TrimPrefix(server.URL, "http://")+"/test").publish(t.Context(), images.Pause.Name, image)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := name.ParseReference(reference)
	if err != nil {
		t.Fatal(err)
	}
	pulled, err := remote.Image(parsed)
	if err != nil {
		t.Fatal(err)
	}
	if want, got := must(image.Digest()), must(pulled.Digest()); want != got {
		t.Errorf("the registry has %s, want %s", got, want)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
