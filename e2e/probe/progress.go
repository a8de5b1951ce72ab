package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// The progress file of the real sidecar, retrieval/manager.go. The sidecar must run as
// Prometheus' user because this file is written into Prometheus' WAL directory.
const (
	progressFile = "stackdriver_sidecar.json"

	// progressMargin is subtracted from the saved offset: records that are read but not
	// yet sent are read again after a restart.
	progressMargin = 512 * 1024
)

type progress struct {
	Offset int64 `json:"offset"`
}

// readProgress returns the WAL offset, in bytes, that an earlier run of the sidecar
// reached; 0 if there was none.
func readProgress(directory string) (int64, error) {
	text, err := os.ReadFile(filepath.Join(directory, progressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var p progress
	err = json.Unmarshal(text, &p)
	return p.Offset, err
}

func saveProgress(directory string, offset int64) error {
	text, err := json.Marshal(progress{Offset: offset - progressMargin})
	if err != nil {
		return err
	}
	file := filepath.Join(directory, progressFile)
	if err := os.WriteFile(file+".tmp", text, 0o666); err != nil {
		return err
	}
	return os.Rename(file+".tmp", file)
}
