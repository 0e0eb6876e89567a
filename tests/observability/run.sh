#!/usr/bin/env bash
# run.sh: the chart's alert rules and dashboard, without a cluster: Prometheus' own tool reads the rules and reports when each
# of them fires; Go's tests compare rules, dashboard and docs.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../dev/lib/common.sh"
cd "$PROJECT/tests/observability"

promtool check rules ../../charts/integration-operator/rules/*.yaml
promtool test rules rules/*.test.yaml
go vet ./...
go test -count=1 ./...
