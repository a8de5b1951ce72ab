package lint

var cfgCommandRules = []Rule{
	{
		ID: "CFG016", Severity: Info, Concern: Both,
		Title:       "it can be seen how the sidecar is started",
		Why:         "stackdriver-prometheus-sidecar has all of its settings from its command line; what a shell or another program makes of that line is not known before the pod runs, so that mistakes in it are not found.",
		ExporterWhy: "gcm-exporter has all of its settings from its command line; what a shell or another program makes of that line is not known before the pod runs, so that mistakes in it are not found.",
		check:       checkCommand,
	},
}

// checkCommand says that there are flags which no other rule has seen.
func checkCommand(c *context) []Finding {
	if c.sidecar == nil || c.flagsReadable() {
		return nil
	}
	const rest = "its flags were not looked into, apart from those that are written out"
	return []Finding{c.sidecar.atText("how container %q starts the sidecar is not known, because %s; %s", c.sidecar.container.Name, c.sidecar.unread, rest).
		WithFix("write the flags in args, or one simple command that starts %s in the script", c.program.Container())}
}
