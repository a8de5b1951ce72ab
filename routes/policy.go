package routes

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// policyAPI is the group and version of Linkerd's policies other than Servers, since 2.12.
const (
	policyGroup = "policy.linkerd.io"
	policyAPI   = policyGroup + "/v1alpha1"
)

// ErrNobody means that nobody can be let in, because nobody is named.
var ErrNobody = errors.New("who scrapes is not known: give --service-account and --namespace of your Prometheus where it is meshed, " +
	"--network with the network of its pods where it is not, or --no-policy where it has been let in already")

// ErrNoCollectors is ErrNobody of Managed Service for Prometheus, whose collectors are not
// meshed.
var ErrNoCollectors = errors.New("where the collectors run is not known: give --network with the network of the nodes or pods that they run in, " +
	"such as --network 10.8.0.0/14, or --no-policy where it has been let in already")

// server is Linkerd's Server that a policy is for.
type server struct{ namespace, name string }

// policyName names a policy after whom it lets in, so that one for another does not take its
// place.
func policyName(server string, s Scraper) (string, error) {
	from := s.Namespace + "." + s.ServiceAccount
	if s.ServiceAccount == "" {
		var networks []string
		for _, n := range s.Networks {
			networks = append(networks, n.String())
		}
		from = strings.NewReplacer("/", "-", ".", "-", ":", "-", "--", "-").Replace(strings.Join(networks, "-"))
	}
	name := server + "-from-" + from
	if wrong := validation.IsDNS1123Subdomain(name); len(wrong) > 0 {
		return "", fmt.Errorf("the policy would be called %q: %s", name, wrong[0])
	}
	return name, nil
}

// errNoPolicies means that the version has none of the policies that are printed.
var errNoPolicies = errors.New("there are no AuthorizationPolicies before Linkerd 2.12: upgrade Linkerd, or write a ServerAuthorization (2.11) and give --no-policy")

// policies returns what lets the scraper use a Server.
func (r Request) policies(to server) ([]document, error) {
	if release, err := viz.FindRelease(r.Viz.Version); err == nil && !release.HasAuthorizationPolicies() {
		return nil, errNoPolicies
	}
	switch {
	case r.Scraper.Known():
	case r.Form == Managed:
		return nil, ErrNoCollectors
	default:
		return nil, ErrNobody
	}
	name, err := policyName(to.name, r.Scraper)
	if err != nil {
		return nil, err
	}
	metadata := object{{"name", name, ""}, {"namespace", to.namespace, ""}}
	who := object{{"kind", "ServiceAccount", ""}, {"name", r.Scraper.ServiceAccount, ""}, {"namespace", r.Scraper.Namespace, ""}}
	why := "Lets in the meshed pods with this service account, and nobody else."
	if r.Scraper.ServiceAccount == "" {
		who = object{{"group", policyGroup, ""}, {"kind", "NetworkAuthentication", ""}, {"name", name, ""}}
		why = "Lets in pods by their address."
	}
	all := []document{{why, object{
		{"apiVersion", policyAPI, ""}, {"kind", "AuthorizationPolicy", ""}, {"metadata", metadata, ""},
		{"spec", object{
			{"targetRef", object{{"group", policyGroup, ""}, {"kind", "Server", ""}, {"name", to.name, ""}}, ""},
			{"requiredAuthenticationRefs", []object{who}, ""},
		}, ""},
	}}}
	if r.Scraper.ServiceAccount == "" {
		all = append(all, document{"WARNING: " + networkWarning(r.Scraper.Networks), object{
			{"apiVersion", policyAPI, ""}, {"kind", "NetworkAuthentication", ""}, {"metadata", metadata, ""},
			{"spec", object{{"networks", networks(r.Scraper.Networks), ""}}, ""},
		}})
	}
	return all, nil
}

func networks(all []netip.Prefix) []object {
	list := make([]object, 0, len(all))
	for _, n := range all {
		list = append(list, object{{"cidr", n.String(), ""}})
	}
	return list
}

// networkWarning says what a policy for a network opens.
func networkWarning(all []netip.Prefix) string {
	var texts, public []string
	for _, n := range all {
		texts = append(texts, n.String())
		if !isPrivate(n) {
			public = append(public, n.String())
		}
	}
	text := fmt.Sprintf("whoever has an address in %s may read all of these metrics, without TLS and without saying who they are; "+
		"mesh your Prometheus, and use --service-account, where you can", strings.Join(texts, ", "))
	if len(public) > 0 {
		text += ". " + strings.Join(public, ", ") + " has public addresses: unless all of these are your own, strangers are let in"
	}
	return text
}

// policy returns what lets the scraper use linkerd-viz' Prometheus; nothing where everybody
// may, or where it has been let in already.
func (r Request) policy() (documents []document, warnings []string, err error) {
	if !r.needsPolicy() {
		return nil, nil, nil
	}
	documents, err = r.policies(server{r.Viz.Namespace, r.Viz.Server})
	if err != nil {
		return nil, nil, fmt.Errorf("linkerd-viz answers 403 to everybody but its own API (Server %s/%s), and %w", r.Viz.Namespace, r.Viz.Server, err)
	}
	documents[0].comment = fmt.Sprintf("The policy. Since Linkerd 2.13, linkerd-viz' Prometheus answers 403 to everybody but linkerd-viz' own API. %s", documents[0].comment)
	if len(r.Scraper.Networks) > 0 && r.Scraper.ServiceAccount == "" {
		warnings = append(warnings, networkWarning(r.Scraper.Networks))
	}
	return documents, warnings, nil
}

// admitted says in a comment who is let in by whom.
func (r Request) admitted() string {
	switch {
	case r.Viz.Server == "":
		return "It needs no policy: this linkerd-viz' Prometheus lets in whom the mesh lets in."
	case r.NoPolicy:
		return "The policy that lets your Prometheus in is left out, as --no-policy asks; without one, the answer is 403."
	default:
		return "It needs the policy below, else the answer is 403."
	}
}
