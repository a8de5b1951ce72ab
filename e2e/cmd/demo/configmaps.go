package main

const configMaps = `
apiVersion: v1
kind: ConfigMap
metadata:
  name: linkerd-prometheus-recording-rules
  namespace: linkerd-viz
data:
  recording_rules.yml: |
    groups:
    - name: linkerd
      rules:
      - record: linkerd_job:request_rate:sum
        expr: sum by (job, instance) (rate(request_total{direction="inbound"}[1m]))
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: linkerd-prometheus-sidecar-config
  namespace: linkerd-viz
data:
  sidecar.yml: |
    metric_renames:
    - from: linkerd_job:request_rate:sum
      to: linkerd_request_rate
`
