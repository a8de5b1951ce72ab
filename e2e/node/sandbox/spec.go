//go:build linux

// Package sandbox is the inside of a test node: a whole Kubernetes with one node in
// temporary namespaces. Package node starts it from outside. It runs no tests, and it is
// not a sandbox in the sense of security: programs inside are root's and trusted.
//
// It consists of three processes, all of the same program in different stages. The
// supervisor stays in the machine's namespaces. It makes and removes what namespaces do
// not contain (cgroups), forwards the API server's port to the machine's loopback
// interface, and ends the sandbox when its standard input closes, which happens however
// the process that started it ends. Its child is process 1 of the sandbox: it makes the
// root file system and the network, and waits for ended processes. When it ends, the
// kernel kills everything inside. Its child, the runner, starts Kubernetes' programs and
// answers requests on a socket.
package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Spec says what a sandbox needs. The process that starts the supervisor writes it into
// the node's folder.
type Spec struct {
	// Programs are the paths, on the machine, of the programs that are built from Go
	// modules, by name.
	Programs map[string]string
	// Plugins is the folder, on the machine, of the CNI plugins.
	Plugins string
	// Temporary says that the supervisor removes the node's folder at the end.
	Temporary bool
}

// The files of a node's folder, which is /node in the sandbox.
const (
	specFile       = "spec.json"
	controlSocket  = "control.sock"
	rootFolder     = "root"       // where the sandbox's root file system is made
	KubeconfigFile = "kubeconfig" // for programs on the machine, once the node is ready
	LogFolder      = "logs"
)

// inside is the path of the node's folder in the sandbox.
const inside = "/node"

// clearFolder removes the files of an earlier node from its folder, except the logs.
func clearFolder(folder string) error {
	for _, name := range []string{specFile, controlSocket, KubeconfigFile, rootFolder} {
		if err := os.RemoveAll(filepath.Join(folder, name)); err != nil {
			return fmt.Errorf("removing the files of an earlier node: %w", err)
		}
	}
	return nil
}

// Write writes the specification into the node's folder, and removes the files of an
// earlier node.
func (s Spec) Write(folder string) error {
	if err := errors.Join(clearFolder(folder), os.RemoveAll(filepath.Join(folder, LogFolder))); err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encoding the sandbox's specification: %w", err)
	}
	return os.WriteFile(filepath.Join(folder, specFile), text, 0o600)
}

func readSpec(folder string) (Spec, error) {
	var s Spec
	text, err := os.ReadFile(filepath.Join(folder, specFile))
	if err != nil {
		return s, fmt.Errorf("reading the sandbox's specification: %w", err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("decoding the sandbox's specification: %w", err)
	}
	return s, nil
}
