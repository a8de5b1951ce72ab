package wal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const checkpointPrefix = "checkpoint."

// place is a file of the log.
type place struct {
	checkpoint string
	segment    int
}

func (p place) path(dir string) string {
	return filepath.Join(dir, p.checkpoint, fmt.Sprintf("%08d", p.segment))
}

// directory is what the log's folder holds.
type directory struct {
	// checkpoint is the newest one's name, and covers the last segment in it; "" and -1
	// where there is none.
	checkpoint string
	covers     int
	segments   []int // rising
	repairs    []int // segments that Prometheus is repairing
}

// list reads a folder. One that is missing is empty.
func list(dir string) (directory, error) {
	found := directory{covers: -1}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return found, err
	}
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() {
			covers, ok := number(strings.TrimPrefix(name, checkpointPrefix))
			if ok && strings.HasPrefix(name, checkpointPrefix) && covers > found.covers {
				found.checkpoint, found.covers = name, covers
			}
			continue
		}
		if segment, ok := number(name); ok {
			found.segments = append(found.segments, segment)
		}
		if segment, ok := number(strings.TrimSuffix(name, ".repair")); ok && strings.HasSuffix(name, ".repair") {
			found.repairs = append(found.repairs, segment)
		}
	}
	slices.Sort(found.segments)
	return found, nil
}

// number reads the number that a segment's name is. Prometheus writes eight digits.
func number(name string) (int, bool) {
	if len(name) < 8 || strings.Trim(name, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(name)
	return n, err == nil
}

// after returns the lowest segment above n.
func (d directory) after(n int) (int, bool) {
	i, _ := slices.BinarySearch(d.segments, n+1)
	if i == len(d.segments) {
		return 0, false
	}
	return d.segments[i], true
}

// last returns the highest segment, or -1.
func (d directory) last() int {
	if len(d.segments) == 0 {
		return -1
	}
	return d.segments[len(d.segments)-1]
}

func (d directory) has(n int) bool {
	_, found := slices.BinarySearch(d.segments, n)
	return found
}
