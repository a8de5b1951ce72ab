package state

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// file is what is written to; os.File is one.
type file interface {
	io.Writer
	io.WriterAt
	io.Closer
	Sync() error
	Truncate(size int64) error
	Stat() (os.FileInfo, error)
}

// disk is how files are made and named. Tests have one that is full, and one that is quick.
type disk struct {
	// create makes an empty file that can be written to.
	create func(path string) (file, error)
	// settle lets the names in a folder survive a crash of the machine.
	settle func(folder string)
}

var realDisk = disk{create: create, settle: settle}

// create makes an empty file. Nobody else is to write to one that was left behind, nor to
// where a link leads.
func create(path string) (file, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

// replace writes a file that has its name only when it is whole and on the disk. It returns
// the file, still open.
func (d disk) replace(path string, content []byte) (file, error) {
	temporary := path + ".tmp"
	f, err := d.create(temporary)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		f.Close() // what has gone wrong is known already
		return nil, errors.Join(err, ignoreMissing(os.Remove(temporary)))
	}
	d.settle(filepath.Dir(path))
	return f, nil
}

// settle does so if the file system can; if not, the file from before survives.
func settle(path string) {
	if folder, err := os.Open(path); err == nil {
		_ = folder.Sync()
		folder.Close()
	}
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
