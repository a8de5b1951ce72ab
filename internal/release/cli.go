package release

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// CLIPlatforms are those that the CLI is released for.
var CLIPlatforms = []v1.Platform{
	{OS: "linux", Architecture: "amd64"},
	{OS: "linux", Architecture: "arm64"},
	{OS: "darwin", Architecture: "amd64"},
	{OS: "darwin", Architecture: "arm64"},
	{OS: "windows", Architecture: "amd64"},
	{OS: "windows", Architecture: "arm64"},
}

// ParsePlatforms reads platforms such as "linux/amd64 darwin/arm64"; none means
// CLIPlatforms.
func ParsePlatforms(list string) ([]v1.Platform, error) {
	names := strings.Fields(list)
	if len(names) == 0 {
		return CLIPlatforms, nil
	}
	var platforms []v1.Platform
	for _, name := range names {
		i := slices.IndexFunc(CLIPlatforms, func(p v1.Platform) bool { return p.String() == name })
		if i < 0 {
			return nil, fmt.Errorf("the CLI is not released for %q, only for %v", name, CLIPlatforms)
		}
		platforms = append(platforms, CLIPlatforms[i])
	}
	return platforms, nil
}

// cliProgram is found by `linkerd gcm` under this name.
const cliProgram = "linkerd-gcm"

// epoch is the time of every file in an archive: the first that a zip archive can hold.
var epoch = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// cli makes an archive of the CLI for every platform, and the list of its modules.
func (r Release) cli(ctx context.Context, scratch string) ([]string, error) {
	var names []string
	for _, platform := range r.Platforms {
		name := fileName(cliProgram, r.Version, platform)
		program := filepath.Join(scratch, name)
		if err := build(ctx, r.Repository, cliProgram, r.Version, platform, program); err != nil {
			return nil, err
		}
		archive, err := r.packCLI(name, program, platform)
		if err != nil {
			return nil, fmt.Errorf("packing %s for %s: %w", cliProgram, platform, err)
		}
		sbom, err := r.sbom(ctx, name, program)
		if err != nil {
			return nil, err
		}
		names = append(names, archive, sbom)
	}
	return names, nil
}

// packed is a file in an archive.
type packed struct {
	name, from string
	mode       os.FileMode
}

// packCLI writes the archive that people of the platform expect, and returns its name.
func (r Release) packCLI(name, program string, platform v1.Platform) (string, error) {
	executable, ending, pack := cliProgram, ".tar.gz", packTar
	if platform.OS == "windows" {
		executable, ending, pack = cliProgram+".exe", ".zip", packZip
	}
	file, err := os.Create(r.path(name + ending))
	if err != nil {
		return "", err
	}
	err = pack(file, []packed{
		{executable, program, 0o755},
		{"LICENSE", filepath.Join(r.Repository, "LICENSE"), 0o644},
	})
	return name + ending, errors.Join(err, file.Close())
}

func packTar(to io.Writer, files []packed) error {
	compressed, err := gzip.NewWriterLevel(to, gzip.BestCompression)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(compressed)
	for _, file := range files {
		content, err := os.ReadFile(file.from)
		if err != nil {
			return err
		}
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: file.name, Mode: int64(file.mode), Size: int64(len(content)), ModTime: epoch,
		}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := archive.Write(content); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), compressed.Close())
}

func packZip(to io.Writer, files []packed) error {
	archive := zip.NewWriter(to)
	for _, file := range files {
		content, err := os.ReadFile(file.from)
		if err != nil {
			return err
		}
		header := &zip.FileHeader{Name: file.name, Method: zip.Deflate, Modified: epoch}
		header.SetMode(file.mode)
		writer, err := archive.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := writer.Write(content); err != nil {
			return err
		}
	}
	return archive.Close()
}
