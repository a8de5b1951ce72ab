package routes

// permission lets what scrapes find pods in all namespaces, where it is known and may not yet.
func (r Request) permission() []document {
	if r.Scraper.ServiceAccount == "" || r.FindsPods || r.Form == Managed {
		return nil
	}
	const api = "rbac.authorization.k8s.io"
	name := proxyMonitor + "-from-" + r.Scraper.Namespace + "." + r.Scraper.ServiceAccount
	header := func(kind string) object {
		return object{{"apiVersion", api + "/v1", ""}, {"kind", kind, ""}, {"metadata", object{{"name", name, ""}}, ""}}
	}
	return []document{
		{"Lets your Prometheus find the pods. Leave it out where it may list them in all namespaces already.", append(header("ClusterRole"),
			entry{"rules", []object{{{"apiGroups", []string{""}, ""}, {"resources", []string{"pods"}, ""}, {"verbs", []string{"get", "list", "watch"}, ""}}}, ""})},
		{"", append(header("ClusterRoleBinding"),
			entry{"roleRef", object{{"apiGroup", api, ""}, {"kind", "ClusterRole", ""}, {"name", name, ""}}, ""},
			entry{"subjects", []object{{{"kind", "ServiceAccount", ""}, {"name", r.Scraper.ServiceAccount, ""}, {"namespace", r.Scraper.Namespace, ""}}}, ""})},
	}
}
