package offline

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// Lint checks everything in the files that has to do with the export: annotated
// Namespaces, the ConfigMaps that they name, the pods of linkerd-viz' Prometheus (also
// those that Helm values make), and other ConfigMaps for the export. An error means that
// an object cannot be read.
func (in Input) Lint(ctx context.Context, defaults settings.Defaults) (survey.Result, error) {
	var all survey.Result
	objects := in.objects()
	values := in.values(objects)
	workloads, err := in.workloads(objects, values)
	if err != nil {
		return all, err
	}
	known := newIndex(objects)
	s := survey.Linter{Reader: namespaceReader{known, in.Annotations}, Defaults: defaults}
	used := map[key]bool{}
	for _, namespace := range in.namespaces(objects, workloads) {
		one, err := s.Namespace(ctx, namespace, workloads[namespace])
		if err != nil {
			return all, err
		}
		for _, name := range one.Used {
			used[key{"ConfigMap", namespace, name}] = true
		}
		all.Add(one)
	}
	all.Notes = append(all.Notes, in.notLookedAt(objects)...)
	rest, err := unused(ctx, objects, known, used, settings.Defaults{Sidecar: defaults.Sidecar})
	all.Add(rest)
	all.Findings = append(all.Findings, in.invalidValues(objects)...)
	all.Findings = append(all.Findings, in.renamedSecrets(objects, known)...)
	for _, v := range values {
		all.Notes = append(all.Notes, v.notes()...)
		for i := range all.Findings {
			if o := &all.Findings[i].Object; o.Kind == v.object.Kind && o.Name == v.object.Name && strings.HasPrefix(o.Key, v.path()) {
				o.Key = v.placed(o.Key)
			}
		}
	}
	return all, err
}

// renamedSecrets finds that a namespace's annotations name a Secret whose name kustomize has
// changed.
func (in Input) renamedSecrets(objects []positioned, known index) []lint.Finding {
	var all []lint.Finding
	for _, o := range objects {
		if !isCore(o, "Namespace") {
			continue
		}
		s, _ := settings.Parse(o.GetAnnotations(), in.Annotations, settings.Defaults{})
		if s.CredentialsSecret == nil {
			continue
		}
		wanted := key{"Secret", o.GetName(), s.CredentialsSecret.Name}
		if secrets := known.renamed(wanted); len(known[wanted]) == 0 && len(secrets) > 0 {
			all = append(all, lint.Renamed{Object: secrets[0].identity(), Wanted: wanted.name}.Finding("the annotations name"))
		}
	}
	return all
}

// workloads returns the pods of linkerd-viz' Prometheus by namespace.
func (in Input) workloads(objects []positioned, values []values) (map[string][]survey.Workload, error) {
	all := map[string][]survey.Workload{}
	for _, o := range objects {
		pod, template, err := podOf(o.Object)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.place(), err)
		}
		if pod == nil {
			continue
		}
		all[o.GetNamespace()] = append(all[o.GetNamespace()], survey.Workload{Object: o.identity(), Path: fieldOf(template + "/spec"), Pod: pod})
	}
	for _, v := range values {
		w, err := v.workload()
		if err != nil {
			return nil, err
		}
		namespace := cmp.Or(v.namespace, in.valuesNamespace(objects))
		if w.Object.Kind == valuesKind {
			w.Object.Namespace = namespace
		}
		all[namespace] = append(all[namespace], w)
	}
	return all, nil
}

// workload is the pod that the values make, or that there is none.
func (v values) workload() (survey.Workload, error) {
	w := survey.Workload{Object: v.object, Path: v.path()}
	if absent, is := v.absent(); is {
		w.Absent = &absent
		if url, given := v.chart("prometheusUrl").(string); given && url != "" {
			w.Elsewhere = url
		}
	}
	pod, err := v.pod()
	if err != nil {
		return w, err
	}
	w.Pod = pod
	w.Config, err = v.config()
	return w, err
}

// namespaces returns the names of all namespaces that have a Namespace or a pod in the
// files or, where the command line gives annotations, a ConfigMap.
func (in Input) namespaces(objects []positioned, workloads map[string][]survey.Workload) []string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, o := range objects {
		switch {
		case isCore(o, "Namespace"):
			add(o.GetName())
		case isCore(o, "ConfigMap") && isOurs(o) && len(in.Annotations) > 0:
			add(o.GetNamespace())
		}
	}
	for name := range workloads {
		add(name)
	}
	slices.Sort(names)
	return names
}

// isOurs reports whether a ConfigMap belongs to the export: it has a name that is the
// default of an annotation, or the label that generate gives it. kustomize may have changed
// the name.
func isOurs(o positioned) bool {
	return lint.MayBeNamed(o.GetName(), settings.DefaultRulesConfigMap) || lint.MayBeNamed(o.GetName(), settings.DefaultSidecarConfigMap) ||
		o.GetLabels()[names.ExtensionLabel] == names.Extension
}

// unused checks the ConfigMaps of the export that no annotation in the files names, as if
// a namespace with default annotations named them.
func unused(ctx context.Context, objects []positioned, known index, used map[key]bool, defaults settings.Defaults) (survey.Result, error) {
	var all survey.Result
	byNamespace := map[string][]*corev1.ConfigMap{}
	var namespaces []string
	for _, o := range objects {
		namespace := o.GetNamespace()
		if !isCore(o, "ConfigMap") || !isOurs(o) || used[key{"ConfigMap", namespace, o.GetName()}] {
			continue
		}
		found := &corev1.ConfigMap{}
		if err := o.decode(found); err != nil {
			return all, err
		}
		if byNamespace[namespace] == nil {
			namespaces = append(namespaces, namespace)
		}
		byNamespace[namespace] = append(byNamespace[namespace], found)
	}
	for _, namespace := range namespaces {
		found := lintAlone(ctx, namespace, byNamespace[namespace], known, defaults)
		all.Judged(found.Sidecar)
		all.Findings = append(all.Findings, found.Findings...)
		all.Notes = append(all.Notes, survey.Guessed(found, "no annotation in the input names selectors", "no annotation in the input names a configuration of the sidecar")...)
		for _, configMap := range byNamespace[namespace] {
			all.Objects = append(all.Objects, lint.Object{Kind: "ConfigMap", Namespace: namespace, Name: configMap.Name})
			all.Notes = append(all.Notes, fmt.Sprintf("no annotation in the input names ConfigMap %s/%s: it was checked against the default selector %s",
				namespace, configMap.Name, settings.DefaultInclude))
			if lint.WithoutHash(configMap.Name) != configMap.Name {
				all.Notes = append(all.Notes, fmt.Sprintf("kustomize has appended a hash to the name of ConfigMap %s/%s, but not where annotations name it: "+
					"set disableNameSuffixHash: true in the options of its generator", namespace, configMap.Name))
			}
		}
	}
	return all, nil
}

// lintAlone checks ConfigMaps without a namespace, against Prometheus' configuration where the
// input has it. That the default selectors don't match a metric is no finding: other
// selectors may match it.
func lintAlone(ctx context.Context, namespace string, configMaps []*corev1.ConfigMap, known index, defaults settings.Defaults) lint.Result {
	in := lint.FromAnnotations(lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: namespace}}, lint.Annotated{}, defaults)
	in.AssumeInclude()
	if config, err := (namespaceReader{index: known}).ConfigMap(ctx, namespace, viz.ConfigMap); err == nil {
		in.AddPrometheusConfig(namespace, lint.DefaultPrometheusConfig, config)
	}
	var ruleFiles, configs []settings.ObjectKey
	for _, configMap := range configMaps {
		found := fileKeys(configMap)
		ruleFiles = append(ruleFiles, found.rules...)
		configs = append(configs, found.configs...)
	}
	slices.SortFunc(configs, func(a, b settings.ObjectKey) int { return strings.Compare(a.String(), b.String()) })
	configs = slices.Compact(configs)
	var all lint.Result
	for i := range max(len(configs), 1) {
		one := in
		one.Settings.RecordingRules, one.Settings.SidecarConfig = nil, settings.ObjectKey{}
		if i == 0 {
			one.Settings.RecordingRules = ruleFiles
		}
		if i < len(configs) {
			one.Settings.SidecarConfig = configs[i]
		}
		for _, configMap := range configMaps {
			one.AddConfigMap(namespace, configMap.Name, configMap)
		}
		found := lint.Check(one)
		all.Sidecar, all.Findings = found.Sidecar, append(all.Findings, found.Findings...)
		all.Assumed, all.Unrenamed = append(all.Assumed, found.Assumed...), append(all.Unrenamed, found.Unrenamed...)
	}
	all.Findings = slices.DeleteFunc(all.Findings, func(f lint.Finding) bool { return f.Rule == notSelected })
	return all
}

// notSelected is the id of the rule that every selector selects a recorded metric, and that
// every recorded metric is selected.
const notSelected = "SEL006"

// files are the keys of a ConfigMap, by the kind of file that each holds.
type files struct{ rules, configs []settings.ObjectKey }

// fileKeys finds out by their names which keys of a ConfigMap are rule files and which are
// configurations of the sidecar. A ConfigMap of a default name that has neither should have
// the default key.
func fileKeys(configMap *corev1.ConfigMap) files {
	defaults, _ := settings.Parse(nil, nil, settings.Defaults{})
	var found files
	for _, name := range lint.KeysOf(configMap) {
		key := settings.ObjectKey{Name: configMap.Name, Key: name}
		switch extension := path.Ext(name); {
		case viz.IsRuleFile(name):
			found.rules = append(found.rules, key)
		case configMap.Name != settings.DefaultRulesConfigMap && (extension == ".yml" || extension == ".yaml"):
			found.configs = append(found.configs, key)
		}
	}
	if configMap.Name == settings.DefaultRulesConfigMap && len(found.rules) == 0 {
		found.rules = defaults.RecordingRules
	}
	if configMap.Name == settings.DefaultSidecarConfigMap && len(found.configs) == 0 {
		found.configs = append(found.configs, defaults.SidecarConfig)
	}
	return found
}
