package routes

import "fmt"

// mayRead is a rule of a Role that allows what service discovery does: list and watch.
func mayRead(group string, resources ...string) object {
	return object{{"apiGroups", []string{group}, ""}, {"resources", resources, ""}, {"verbs", []string{"list", "watch"}, ""}}
}

// role returns what allows the scraper to find linkerd-viz' Prometheus; nothing where its
// service account is not known. The name is after whom it is for, so that one for another does
// not take its place.
func (r Request) role(name string, rules ...object) []document {
	s := r.Scraper
	if s.ServiceAccount == "" {
		return nil
	}
	const group = "rbac.authorization.k8s.io"
	metadata := object{{"name", name + "-" + s.Namespace + "." + s.ServiceAccount, ""}, {"namespace", r.Viz.Namespace, ""}}
	kind := func(of string) object {
		return object{{"apiVersion", group + "/v1", ""}, {"kind", of, ""}, {"metadata", metadata, ""}}
	}
	return []document{
		{"Lets your Prometheus find its target.", append(kind("Role"), entry{"rules", rules, ""})},
		{"", append(kind("RoleBinding"),
			entry{"roleRef", object{{"apiGroup", group, ""}, {"kind", "Role", ""}, {"name", metadata[0].value, ""}}, ""},
			entry{"subjects", []object{{{"kind", "ServiceAccount", ""}, {"name", s.ServiceAccount, ""}, {"namespace", s.Namespace, ""}}}, ""},
		)},
	}
}

// mayFind says which permission service discovery needs, and who has it. A resource stands for
// all that the Role has.
func (r Request) mayFind(resource string) string {
	if r.Scraper.ServiceAccount != "" {
		return fmt.Sprintf("The Role below lets your Prometheus find its target. It is not needed where this says yes:\n"+
			"  %s auth can-i list %s --namespace %s --as system:serviceaccount:%s:%s",
			r.kubectl(), resource, r.Viz.Namespace, r.Scraper.Namespace, r.Scraper.ServiceAccount)
	}
	text := fmt.Sprintf("Your Prometheus' service account must be allowed to list and watch %s there, else nothing is found. For a Role that allows it, run this again with ", resource)
	if len(r.Scraper.Networks) > 0 {
		return text + "--service-account, --namespace and --no-policy in place of --network."
	}
	return text + "--service-account and --namespace."
}
