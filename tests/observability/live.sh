#!/usr/bin/env bash
# live.sh OPERATOR: the operator of that path works off the demo's samples on a control plane, a Prometheus scrapes it, and the
# chart's rules and dashboard are held against what is there.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../dev/lib/common.sh"

[ $# -eq 1 ] || die "usage: live.sh OPERATOR"
export OPERATOR_BINARY=$1
# shellcheck disable=SC2034 # demo-steps.sh uses them
OWN_CLUSTER=yes NAMESPACE=integration-operator-demo SAMPLES=$PROJECT/dev/samples
WORK=$(mktemp -d "${TMPDIR:-/tmp}/iop-live.XXXXXX")
remove_work() { rm -rf "$WORK"; }
at_exit remove_work
# shellcheck source=dev/lib/demo-steps.sh
. "$PROJECT/dev/lib/demo-steps.sh"
# shellcheck source=tests/observability/prometheus.sh
. "$PROJECT/tests/observability/prometheus.sh"

"$PROJECT/dev/lib/provider-install.sh"
"$PROJECT/dev/lib/control-plane-build.sh"
start_cluster
start_provider
install_operator
start_operator
start_prometheus
apply_samples
show_samples
cd "$PROJECT/tests/observability"
PROMETHEUS_URL=$PROMETHEUS_URL go test -count=1 -tags live -run Live .
