package routes

import "fmt"

// mayRead is a rule of a role that allows what service discovery does: list and watch.
func mayRead(group string, resources ...string) object {
	return object{{"apiGroups", []string{group}, ""}, {"resources", resources, ""}, {"verbs", []string{"list", "watch"}, ""}}
}

// role returns what allows the scraper to find its targets in a namespace, or in all where it is
// "": a Role or a ClusterRole, and its binding. There is none where the scraper's service
// account is not known. It is named after whom it is for, so that one for another does not take
// its place.
func (r Request) role(name, namespace, why string, rules ...object) []document {
	s := r.Scraper
	if s.ServiceAccount == "" {
		return nil
	}
	const group = "rbac.authorization.k8s.io"
	name += "-from-" + s.Namespace + "." + s.ServiceAccount
	metadata, kind := object{{"name", name, ""}}, "ClusterRole"
	if namespace != "" {
		metadata, kind = append(metadata, entry{"namespace", namespace, ""}), "Role"
	}
	header := func(kind string) object {
		return object{{"apiVersion", group + "/v1", ""}, {"kind", kind, ""}, {"metadata", metadata, ""}}
	}
	return []document{
		{why, append(header(kind), entry{"rules", rules, ""})},
		{"", append(header(kind+"Binding"),
			entry{"roleRef", object{{"apiGroup", group, ""}, {"kind", kind, ""}, {"name", name, ""}}, ""},
			entry{"subjects", []object{{{"kind", "ServiceAccount", ""}, {"name", s.ServiceAccount, ""}, {"namespace", s.Namespace, ""}}}, ""},
		)},
	}
}

// findsViz lets the scraper find linkerd-viz' Prometheus.
func (r Request) findsViz(name string, rules ...object) []document {
	return r.role(name, r.Viz.Namespace, "Lets your Prometheus find its target.", rules...)
}

// findsPods lets the scraper find pods in all namespaces, as the collectors of Managed Service
// for Prometheus do anyway.
func (r Request) findsPods() []document {
	if r.Form == Managed {
		return nil
	}
	return r.role(proxyMonitor, "", "Lets your Prometheus find the pods. It is not needed where this says yes:\n"+
		fmt.Sprintf("  %s auth can-i list pods --all-namespaces --as system:serviceaccount:%s:%s", r.kubectl(), r.Scraper.Namespace, r.Scraper.ServiceAccount), mayRead("", "pods"))
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
