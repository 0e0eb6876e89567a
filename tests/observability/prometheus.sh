# A Prometheus that scrapes the operator of dev/lib/demo-steps.sh as the chart's PodMonitor would, with the chart's rules.
# Source it after that file.
# shellcheck shell=bash

start_prometheus() {
  local port
  port=$(free_port)
  PROMETHEUS_URL=http://127.0.0.1:$port
  mkdir "$WORK/prometheus"
  cp -r "$PROJECT/charts/integration-operator/rules" "$WORK/prometheus"
  cat >"$WORK/prometheus/prometheus.yaml" <<YAML
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules/integration-operator.yaml]
scrape_configs:
  - job_name: integration-operator
    static_configs:
      - targets: ["127.0.0.1:$PROBES"]
        labels: {namespace: integration-operator, pod: integration-operator-0, container: integration-operator}
YAML
  say "starting Prometheus"
  # From its own folder: the pages of Prometheus show the paths that it was given.
  (cd "$WORK/prometheus" && exec prometheus --config.file=prometheus.yaml --storage.tsdb.path=data \
    --web.listen-address="127.0.0.1:$port" --log.level=warn) >"$WORK/prometheus.log" 2>&1 &
  PROMETHEUS=$!
  at_exit stop_prometheus
  await 30 "Prometheus" curl -sf "$PROMETHEUS_URL/-/ready"
}
stop_prometheus() { end "$PROMETHEUS"; }
