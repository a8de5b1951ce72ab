package release

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// writeArchive writes an OCI image layout that holds the index under its version as a tar
// archive, by way of a directory under scratch.
func writeArchive(index v1.ImageIndex, version, scratch, output string) error {
	directory := filepath.Join(scratch, "layout")
	path, err := layout.Write(directory, empty.Index)
	if err != nil {
		return err
	}
	name := layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": version})
	if err := path.AppendIndex(index, name); err != nil {
		return err
	}
	file, err := os.Create(output)
	if err != nil {
		return err
	}
	return errors.Join(pack(os.DirFS(directory), file), file.Close())
}

// pack writes a directory as a tar archive, sorted and without times or owners.
func pack(directory fs.FS, to io.Writer) error {
	writer := tar.NewWriter(to)
	err := fs.WalkDir(directory, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(directory, name)
		if err != nil {
			return err
		}
		if err := writer.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
			return err
		}
		_, err = writer.Write(content)
		return err
	})
	return errors.Join(err, writer.Close())
}
