//go:build linux

package sandbox

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/template"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
)

// PauseImage is the image of the container that keeps each pod's namespaces. It has to be
// imported before any pod can run.
const PauseImage = "linkerd-gcm.test/pause:1"

// Folders of the sandbox's root file system, which are removed with it, and one of the
// node's folder, which is kept for finding the cause of a failure.
const (
	configFolder       = "/opt/node/config"
	controlPlaneFolder = "/run/controlplane"
	logFolder          = inside + "/" + LogFolder
)

//go:embed config
var configuration embed.FS

// writeConfiguration writes the configuration files of the node's programs.
func writeConfiguration(cgroup string) error {
	values := map[string]string{
		"PauseImage":      PauseImage,
		"PluginFolder":    pluginFolder,
		"ConfigFolder":    configFolder,
		"Bridge":          bridge,
		"PodNetwork":      podNetwork,
		"NodeAddress":     nodeAddress,
		"NodeName":        NodeName,
		"Authority":       filepath.Join(controlPlaneFolder, "pki", "ca.crt"),
		"Cgroup":          cgroup,
		"ProxyKubeconfig": kubeconfigOf(programs.KubeProxy),
		"DNSKubeconfig":   kubeconfigOf(programs.CoreDNS),
	}
	return fs.WalkDir(configuration, "config", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		parsed, err := template.New(entry.Name()).Option("missingkey=error").ParseFS(configuration, path)
		if err != nil {
			return fmt.Errorf("reading the template %s: %w", path, err)
		}
		file := filepath.Join("/opt/node", path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("making a folder for configuration: %w", err)
		}
		out, err := os.Create(file)
		if err != nil {
			return fmt.Errorf("writing configuration: %w", err)
		}
		defer out.Close()
		return parsed.Execute(out, values)
	})
}
