package liveroutes

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/version"

	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

// The groups of the objects of operators.
const (
	operatorGroup = "monitoring.coreos.com"
	managedGroup  = "monitoring.googleapis.com"
)

// Facts reads what the cluster has that decides which route suits it. The notes say what
// could not be read; an error means that the cluster answers nothing.
func (c *Cluster) Facts(ctx context.Context, namespace string, s routes.Scraper) (f routes.Facts, notes []string, err error) {
	var server version.Info
	if _, err := c.get(ctx, "/version", &server); err != nil {
		return f, nil, err
	}
	f.GKE = strings.Contains(server.GitVersion, "-gke.")
	f.Scraper = s
	f.Viz.Namespace = namespace
	if f.OperatorAPI, err = c.knows(ctx, operatorGroup); err == nil {
		f.ManagedAPI, err = c.knows(ctx, managedGroup)
	}
	if err != nil {
		f.Unread.Operators = true
		notes = append(notes, fmt.Sprintf("which operators there are is not known: %s", err))
	}
	switch found, err := c.Viz(ctx, namespace); {
	case errors.Is(err, errNoViz):
	case err != nil:
		f.Unread.Viz = true
		notes = append(notes, err.Error())
	default:
		f.Viz, f.HasViz, f.Exporter = found.Viz, true, found.Exporter
		notes = append(notes, found.Notes...)
		for _, g := range found.Open {
			notes = append(notes, openTo(g.String(), namespace))
		}
	}
	notes = append(notes, c.addPrometheuses(ctx, &f)...)
	who := f.Scraper
	if f.Unmeshed {
		who.Networks = []netip.Prefix{netip.PrefixFrom(netip.IPv6Unspecified(), 0)} // wherever it is
	}
	proxies, err := c.Proxies(ctx, who, f.Form())
	if err != nil {
		f.Unread.Pods = true
		notes = append(notes, fmt.Sprintf("meshed pods are not known: %s", err))
	}
	f.Guarded = proxies.Guarded
	f.Meshed = proxies.total()
	return f, notes, nil
}

// knows reports whether the cluster has a group of the API.
func (c *Cluster) knows(ctx context.Context, group string) (bool, error) {
	var groups metav1.APIGroupList
	if _, err := c.get(ctx, "/apis", &groups); err != nil {
		return false, err
	}
	return slices.ContainsFunc(groups.Groups, func(g metav1.APIGroup) bool { return g.Name == group }), nil
}

// addPrometheuses adds those that prometheus-operator runs. Where there is one, and nobody else
// is named, it is what scrapes, by its service account if it is meshed.
func (c *Cluster) addPrometheuses(ctx context.Context, f *routes.Facts) (notes []string) {
	if !f.OperatorAPI {
		return nil
	}
	all, _, err := c.Prometheuses(ctx)
	if err != nil {
		f.Unread.Prometheuses = true
		return []string{fmt.Sprintf("what prometheus-operator runs is not known: %s", err)}
	}
	for _, p := range all {
		f.Prometheuses = append(f.Prometheuses, p.String())
	}
	if len(all) != 1 || f.Scraper.Known() {
		return nil
	}
	scraper, meshed, err := c.Scraper(ctx, all[0])
	switch {
	case err != nil:
		return []string{meshedNotKnown(all[0], err)}
	case meshed:
		f.Scraper = scraper
	default:
		f.Unmeshed = true
	}
	return nil
}
