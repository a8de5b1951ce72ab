package check

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/client-go/rest"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
	"github.com/linkerd-gcm/linkerd-gcm/patches"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// InjectorVersion is what is known of the version of the injector in a cluster.
type InjectorVersion struct {
	// Running are the versions that the injectors give themselves, each once; none where
	// they could not be asked. They are the truth.
	Running []string
	// Label is the version in the label of their Deployment, which is that of the chart;
	// "" where there is no Deployment.
	Label string
}

// String returns the versions that run or, where they are not known, that of the label.
func (v InjectorVersion) String() string {
	return strings.Join(v.versions(), ", ")
}

func (v InjectorVersion) versions() []string {
	if len(v.Running) == 0 && v.Label != "" {
		return []string{v.Label}
	}
	return v.Running
}

// ReadInjectorVersion asks a cluster for the version of its injector. An error means that
// nothing is known.
func ReadInjectorVersion(ctx context.Context, configuration func() (*rest.Config, error)) (InjectorVersion, error) {
	reader, err := cluster.ConnectTo(configuration)()
	if err != nil {
		return InjectorVersion{}, err
	}
	return (&runContext{cluster: reader}).readInjectorVersion(ctx)
}

func (r *runContext) readInjectorVersion(ctx context.Context) (InjectorVersion, error) {
	i, err := r.cluster.Installation(ctx)
	if err != nil {
		return InjectorVersion{}, err
	}
	if !i.Exists() && i.DeploymentError == nil && i.ConfigurationsError == nil {
		return InjectorVersion{}, fmt.Errorf("linkerd-gcm is not installed: there is neither a Deployment %s/%s nor a webhook configuration", i.Namespace, names.Injector)
	}
	var v InjectorVersion
	if i.Deployment != nil {
		v.Label = i.Deployment.Labels[names.VersionLabel]
	}
	if v.Running = r.inMetrics(ctx, i); len(v.Running) == 0 {
		v.Running = r.inRecords(ctx)
	}
	if v.String() == "" {
		return v, cmp.Or(i.DeploymentError, i.ConfigurationsError,
			errors.New("the injector runs outside the cluster, and no namespace asks for a sidecar, whose record would have its version"))
	}
	return v, nil
}

// inMetrics returns the versions in the metrics of the injectors, as far as these may be
// read.
func (r *runContext) inMetrics(ctx context.Context, i cluster.Installation) []string {
	if i.Deployment == nil || i.Deployment.Spec.Selector == nil {
		return nil
	}
	pods, err := r.cluster.Pods(ctx, i.Namespace, i.Deployment.Spec.Selector.MatchLabels)
	if err != nil {
		return nil
	}
	var versions []string
	for _, pod := range pods {
		for version := range r.cluster.Metrics(ctx, &pod, metricsPort).SumBy("gcm_injector_build_info", "version") {
			versions = append(versions, version)
		}
	}
	slices.Sort(versions)
	return slices.Compact(versions)
}

// inRecords returns the versions in the records of pods that are created by dry run, as
// far as that is allowed.
func (r *runContext) inRecords(ctx context.Context) []string {
	asking, err := r.asking(ctx)
	if err != nil {
		return nil
	}
	var versions []string
	for _, v := range asking {
		if version := r.inRecord(ctx, v); version != "" {
			versions = append(versions, version)
		}
	}
	slices.Sort(versions)
	return slices.Compact(versions)
}

// inRecord is what the injector writes in the record of a namespace's next pod; "" where
// no such pod can be created by dry run.
func (r *runContext) inRecord(ctx context.Context, v cluster.VizNamespace) string {
	deployments, err := v.Live.Deployments(ctx)
	if err != nil {
		return ""
	}
	for i := range deployments {
		answer := r.cluster.DryRunPod(ctx, &deployments[i])
		var record patches.Record
		if answer.Err == nil && json.Unmarshal([]byte(answer.Pod.Annotations[settings.Status]), &record) == nil {
			return record.Version
		}
	}
	return ""
}
