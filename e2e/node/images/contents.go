package images

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/compression"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// contents is what an image contains, and how it is started.
type contents struct {
	programs            map[string]string // names of programs, by their path in the image
	installed           map[string]string // names of programs of this machine, likewise
	files               map[string]string // texts, by their path in the image
	owned               []string          // folders that belong to owner, with everything in them
	owner               int
	user                string
	directory           string // the working directory
	volume, port        string
	environment         []string
	entrypoint, command []string
}

// image makes an image of one layer; paths are the paths of the built programs by name.
func (c contents) image(ctx context.Context, paths map[string]string) (v1.Image, error) {
	found, err := c.found(ctx, paths)
	if err != nil {
		return nil, err
	}
	layer, err := c.layer(found)
	if err != nil {
		return nil, err
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return nil, err
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture = "linux", runtime.GOARCH
	file.Config = c.config()
	return mutate.ConfigFile(image, file)
}

// layer has the files, and the programs that were found.
func (c contents) layer(found map[string]string) (v1.Layer, error) {
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		archive, err := c.archive(found)
		return io.NopCloser(bytes.NewReader(archive)), err
	}, tarball.WithCompression(compression.None))
}

func (c contents) config() v1.Config {
	config := v1.Config{
		User: c.user, WorkingDir: c.directory, Env: c.environment, Entrypoint: c.entrypoint, Cmd: c.command,
	}
	if c.volume != "" {
		config.Volumes = map[string]struct{}{c.volume: {}}
	}
	if c.port != "" {
		config.ExposedPorts = map[string]struct{}{c.port: {}}
	}
	return config
}

// archive writes the image's files as a tar archive. The same files give the same bytes.
func (c contents) archive(found map[string]string) ([]byte, error) {
	var buffer bytes.Buffer
	w := tar.NewWriter(&buffer)
	for _, folder := range slices.Sorted(maps.Keys(c.folders(found))) {
		header := &tar.Header{Typeflag: tar.TypeDir, Name: folder[1:] + "/", Mode: 0o755}
		if err := c.write(w, header, nil); err != nil {
			return nil, err
		}
	}
	for _, file := range slices.Sorted(maps.Keys(found)) {
		program, err := os.ReadFile(found[file])
		if err != nil {
			return nil, fmt.Errorf("reading a program: %w", err)
		}
		if err := c.write(w, &tar.Header{Name: file[1:], Mode: 0o755}, program); err != nil {
			return nil, err
		}
	}
	for _, file := range slices.Sorted(maps.Keys(c.files)) {
		if err := c.write(w, &tar.Header{Name: file[1:], Mode: 0o644}, []byte(c.files[file])); err != nil {
			return nil, err
		}
	}
	return buffer.Bytes(), w.Close()
}

// found returns where the programs are, and the libraries that they load, by their paths in the
// image.
func (c contents) found(ctx context.Context, paths map[string]string) (map[string]string, error) {
	found := map[string]string{}
	for file, name := range c.programs {
		found[file] = paths[name]
	}
	for file, name := range c.installed {
		program, libraries, err := lookUp(ctx, name)
		if err != nil {
			return nil, err
		}
		found[file] = program
		for _, library := range libraries {
			found[library] = library
		}
	}
	return found, nil
}

// folders lists all folders that the files need, and those that are owned.
func (c contents) folders(found map[string]string) map[string]bool {
	folders := map[string]bool{}
	add := func(folder string) {
		for ; folder != "/"; folder = path.Dir(folder) {
			folders[folder] = true
		}
	}
	for file := range found {
		add(path.Dir(file))
	}
	for file := range c.files {
		add(path.Dir(file))
	}
	for _, folder := range c.owned {
		add(folder)
	}
	return folders
}

func (c contents) write(w *tar.Writer, header *tar.Header, data []byte) error {
	for _, folder := range c.owned {
		if strings.HasPrefix("/"+header.Name, folder+"/") {
			header.Uid, header.Gid = c.owner, c.owner
		}
	}
	header.Size = int64(len(data))
	if err := w.WriteHeader(header); err != nil {
		return err
	}
	_, err := w.Write(data)
	return err
}
