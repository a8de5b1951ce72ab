package viz

// RulesDirectory is where linkerd-viz' Prometheus looks for rule files
// (viz/charts/linkerd-viz/templates/prometheus.yaml).
const RulesDirectory = "/etc/prometheus"
