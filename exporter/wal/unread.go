package wal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Unread returns how many bytes of the log in dir lie behind a position, those with which
// Prometheus fills up pages included; behind the zero Position lies all of it. A log that is
// missing has none.
func Unread(dir string, p Position) (int64, error) {
	found, err := list(dir)
	if err != nil {
		return 0, err
	}
	files, err := behindInCheckpoint(dir, found, p)
	if err != nil {
		return 0, err
	}
	for _, n := range found.segments {
		if n > found.covers && (p.Checkpoint != "" || n >= p.Segment) {
			files = append(files, place{segment: n})
		}
	}
	return behind(dir, files, p)
}

// behindInCheckpoint returns the files of the newest checkpoint that are behind a position, or
// hold it.
func behindInCheckpoint(dir string, found directory, p Position) ([]place, error) {
	if found.checkpoint == "" || !p.IsZero() && p.Checkpoint == "" && p.Segment > found.covers {
		return nil, nil
	}
	of, err := list(filepath.Join(dir, found.checkpoint))
	if err != nil {
		return nil, err
	}
	var files []place
	for _, n := range of.segments {
		if found.checkpoint != p.Checkpoint || n >= p.Segment {
			files = append(files, place{found.checkpoint, n})
		}
	}
	return files, nil
}

// behind adds up the files, without what is in front of the position.
func behind(dir string, files []place, p Position) (int64, error) {
	unread := int64(0)
	for _, file := range files {
		info, err := os.Stat(file.path(dir))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, err
		}
		unread += info.Size()
		if file == p.place() {
			unread -= min(p.Offset, info.Size())
		}
	}
	return unread, nil
}
