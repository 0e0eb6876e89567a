#!/usr/bin/env bash
# motd.sh BINARY: runs kube/examples/motd on a real API server: that of CONTROL_PLANE_DIR, or one of its own. People label
# namespaces, edit and delete the ConfigMap, also while the controller is not there.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../dev/lib/common.sh"

BINARY=${1:?usage: motd.sh BINARY}
WORK=$(mktemp -d "${TMPDIR:-/tmp}/motd.XXXXXX")
remove_work() { rm -rf "$WORK"; }
at_exit remove_work
if [ -z "${CONTROL_PLANE_DIR:-}" ]; then
  CONTROL_PLANE_DIR=$WORK/control-plane
  down() { "$PROJECT/dev/control-plane/down.sh" "$CONTROL_PLANE_DIR" --purge; }
  at_exit down
  "$PROJECT/dev/control-plane/up.sh" "$CONTROL_PLANE_DIR"
fi
export KUBECONFIG=$CONTROL_PLANE_DIR/admin.kubeconfig

SUFFIX=$$-$RANDOM
NAMESPACES=()
MOTD=
clean_up() {
  [ -z "$MOTD" ] || kill -KILL "$MOTD" 2>/dev/null
  [ "$1" -eq 0 ] || cat "$WORK/motd.log" >&2
  kubectl delete namespace --wait=false "${NAMESPACES[@]}" >/dev/null
}
at_exit clean_up

TEXT='Be kind: somebody else is on call tonight.'
LABEL=motd.example/enabled

start() {
  PORT=$(free_port)
  "$BINARY" "127.0.0.1:$PORT" 2>>"$WORK/motd.log" &
  MOTD=$!
}
stop() { # within its bounds, exit 0
  local status=0
  kill -TERM "$MOTD"
  timeout 10 tail --pid="$MOTD" -s 0.05 -f /dev/null || die "still there 10 s after SIGTERM"
  wait "$MOTD" || status=$?
  MOTD=
  [ "$status" -eq 0 ] || die "ended with $status"
}
# namespace NAME [LABEL=VALUE]: a new one, called NAME-SUFFIX.
namespace() {
  kubectl create namespace "$1-$SUFFIX"
  NAMESPACES+=("$1-$SUFFIX")
  [ -z "${2:-}" ] || kubectl label namespace "$1-$SUFFIX" "$2"
}
label() { kubectl label --overwrite namespace "$1-$SUFFIX" "$2"; }
motd_of() { kubectl --namespace "$1-$SUFFIX" "${@:2}"; }
uid_of() { motd_of "$1" get configmap motd -o jsonpath='{.metadata.uid}'; }
is_there() {
  motd_of "$1" wait --for=create --timeout=30s configmap/motd
  motd_of "$1" wait --for=jsonpath='{.data.text}'="$TEXT" --timeout=30s configmap/motd
}
is_gone() { motd_of "$1" wait --for=delete --timeout=30s configmap/motd; }
edit() { motd_of "$1" patch configmap motd --type merge --patch "$2"; }
# A second ConfigMap can be made only after the first was deleted.
is_made_anew() { # NAMESPACE UID-OF-THE-FIRST
  is_there "$1"
  [ "$(uid_of "$1")" != "$2" ] || die "$1: it is the old one"
}

say "a label brings it, another value does not, and its end takes it away"
namespace before "$LABEL=true"
start
is_there before
namespace never
namespace other "$LABEL=false"
namespace later
label later "$LABEL=true"
is_there later
label later "$LABEL-"
is_gone later
label later "$LABEL=true"
is_there later
label later "$LABEL=false"
is_gone later

say "what others do to it is undone"
first=$(uid_of before)
motd_of before delete configmap motd
is_made_anew before "$first"
edit before '{"data": {"text": "nonsense"}}'
is_there before
edit before '{"data": null}'
is_there before
first=$(uid_of before)
edit before '{"metadata": {"labels": null}}'
motd_of before wait --for=jsonpath='{.metadata.labels.app\.kubernetes\.io/managed-by}'=motd --timeout=30s configmap/motd
[ "$(uid_of before)" = "$first" ] || die "it was deleted, where a label was enough"

say "what happened while it was away is made up for"
namespace edited "$LABEL=true"
namespace unlabelled "$LABEL=true"
is_there edited
is_there unlabelled
stop
first=$(uid_of before)
motd_of before delete configmap motd
edit edited '{"data": {"text": "nonsense"}}'
label unlabelled "$LABEL-"
namespace new "$LABEL=true"
start
is_made_anew before "$first"
is_there edited
is_gone unlabelled
is_there new

say "nobody else has one, nothing failed, and the metrics say so"
motds=$(kubectl get configmap --all-namespaces --field-selector metadata.name=motd -o jsonpath='{.items[*].metadata.namespace}')
expected="before-$SUFFIX edited-$SUFFIX new-$SUFFIX"
[ "$motds" = "$expected" ] || die "there are some in $motds; expected: $expected"
metrics=$(curl -sf "http://127.0.0.1:$PORT/metrics")
grep -q '^controller_runtime_reconcile_total{controller="motd",result="success"} [1-9]' <<<"$metrics"
grep -qx 'controller_runtime_reconcile_errors_total{controller="motd"} 0' <<<"$metrics"
grep -qx 'leader_election_master_status{name="motd"} 1' <<<"$metrics"
stop
