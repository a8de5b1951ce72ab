package lint

import (
	"path"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
)

var cfgFileRules = []Rule{
	{
		ID: "CFG001", Severity: Error, Concern: Both,
		Title:       "the sidecar's configuration file is at the path in --config-file",
		Why:         "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, exits with status 2 if the file does not exist; without --config-file it renames nothing.",
		Exporter:    "runs without its file, and reads it when it appears; a file that was named and is not there is reported",
		ExporterWhy: "gcm-exporter, exporter/reload.go, runs as if it had no file until there is one: what is in it has no effect.",
		check:       checkConfigFile,
	},
	{
		ID: "CFG002", Severity: Error, Concern: Both,
		Title:       "the configuration file contains nothing that is silently ignored",
		Why:         "stackdriver-prometheus-sidecar reads its file with ghodss/yaml 1.0.0, which ignores keys that it does not know, all but one of equal keys, and every YAML document but the first.",
		Exporter:    "refuses the file",
		ExporterWhy: "gcm-exporter, exporter/configuration/parse.go, refuses a file with a key that it does not know or that is there twice, and with a second YAML document: they would be ignored.",
		from:        byConfig,
	},
	{
		ID: "CFG003", Severity: Error, Concern: Both,
		Title:       "files are valid YAML, and the configuration file has the structure that the sidecar reads",
		Why:         "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, exits with status 2 if it cannot decode the configuration file; Helm and kubectl refuse any file that is not valid YAML.",
		ExporterWhy: "gcm-exporter, exporter/configuration/parse.go, exits with status 2 if it cannot read the configuration file; Helm and kubectl refuse any file that is not valid YAML.",
		from:        byConfig,
	},
}

// exitsWithoutFile is why the file must be where the flag says.
const exitsWithoutFile = "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, exits with status 2 if it cannot read the file that --config-file names."

// withoutFile adds why a file matters that does not exist: gcm-exporter runs without it.
func (c *context) withoutFile(f Finding) Finding {
	if c.byExporter() {
		return f.WithSeverity(Warning)
	}
	return f.WithReason(exitsWithoutFile)
}

// checkConfigFile finds that the ConfigMap does not have the configuration file, or
// that the file is not mounted.
func checkConfigFile(c *context) []Finding {
	findings := checkConfigMount(c)
	for _, m := range c.Missing {
		if m.Keys != nil && c.isSidecarConfig(m) {
			f := m.key()
			if !c.byExporter() {
				f = f.WithReason("The kubelet (pkg/volume/configmap/configmap.go) keeps a pod waiting in ContainerCreating for a key that does not exist.")
			}
			findings = append(findings, f)
		}
	}
	return findings
}

// checkConfigMount finds a configuration file that is not mounted where the
// sidecar looks for it. Volumes that the pod does not list are not checked.
func checkConfigMount(c *context) []Finding {
	if !c.flagsReadable() {
		return nil
	}
	file, given := c.sidecar.first(configFlag)
	switch {
	case given && file.Value != "":
	case c.byExporter(): // which needs none
		return nil
	default:
		return []Finding{c.sidecar.atText("container %q has no %s: no metric is renamed or gets a type", c.sidecar.container.Name, configFlag).
			WithReason("The sidecar renames nothing without its file, and Google Cloud Monitoring refuses every name with a colon.").
			WithSeverity(Warning).WithFix("mount the ConfigMap and add %s", configFlag)}
	}
	if file.Unknown || !path.IsAbs(file.Value) {
		return nil
	}
	mount, i := podspec.MountOf(c.sidecar.container, file.Value)
	if i < 0 {
		f := file.atText("no volume is mounted at %s, so the file does not exist", quote(file.Value))
		return []Finding{c.withoutFile(f).WithFix("mount the ConfigMap there")}
	}
	key := podspec.InVolume(mount, file.Value)
	if key == "" {
		return []Finding{file.atText("volume %q is mounted at %s as a directory, but must be a file", mount.Name, quote(file.Value)).
			WithReason("%s", c.of(exitsWithoutFile, "gcm-exporter, exporter/reload.go, exits with status 2 if it cannot read what --config-file names.")).
			WithFix("mount it with subPath, or at the directory above")}
	}
	return c.configKey(file, mount.Name, key)
}

// configKey checks the ConfigMap's key that a volume has under a path.
func (c *context) configKey(file Text, volume, inVolume string) []Finding {
	i := slices.IndexFunc(c.Pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == volume })
	if i < 0 || c.Pod.Spec.Volumes[i].ConfigMap == nil {
		return nil
	}
	source := c.Pod.Spec.Volumes[i].ConfigMap
	key := inVolume
	if len(source.Items) > 0 {
		item := slices.IndexFunc(source.Items, func(k corev1.KeyToPath) bool { return path.Clean(k.Path) == inVolume })
		if item < 0 {
			f := file.atText("volume %q has no file %s: its items name other files", volume, quote(inVolume))
			return []Finding{c.withoutFile(f).WithFix("add the key to the volume's items")}
		}
		key = source.Items[item].Key
	}
	judged := c.SidecarConfig
	if judged == nil || judged.Object.Kind != "ConfigMap" || judged.Object.Name == source.Name && judged.Object.Key == key {
		return nil
	}
	return []Finding{file.atText("the sidecar reads key %s of ConfigMap %s, but key %s of %s is checked here", key, source.Name, judged.Object.Key, judged.Object.Name).
		WithReason("What is found in the one file says nothing about the other, which the sidecar reads.").
		WithSeverity(Warning).WithFix("mount the ConfigMap that the annotations name, or name this one in the annotations")}
}
