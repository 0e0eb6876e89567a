#!/usr/bin/env bash
# up.sh DIR [-- KUBE-APISERVER-FLAG...]: starts etcd, kube-apiserver and kube-controller-manager on this machine, with
# all their state in DIR, and leaves DIR/admin.kubeconfig and DIR/audit.log. A running process stays as it is, a
# dead one is started again; any number of control planes run side by side. dev/lib/control-plane-build.sh must have run.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=dev/control-plane/lib.sh
. "$HERE/lib.sh"
# shellcheck source=dev/control-plane/pki.sh
. "$HERE/pki.sh"

use_folder "${1:-}"; shift
mkdir -p "$RUN" "$LOG"
if [ "${1:-}" = -- ]; then shift; [ $# -eq 0 ] || printf '%s\n' "$@" >"$DIR/apiserver.flags"
elif [ $# -gt 0 ]; then die "unknown argument $1: flags for kube-apiserver follow --"; fi
for name in etcd kube-apiserver kube-controller-manager kubectl; do
  [ -x "$BIN/$name" ] || die "$name is not in $BIN: run dev/lib/control-plane-build.sh first"
done

ensure_pki
ensure_etcd
ensure_apiserver
for name in admin controller-manager; do kubeconfig "$name"; done
ensure_controller_manager
ready_or_dead controller-manager 60 default_serviceaccount_exists || fail_with_log controller-manager
echo "$DIR/admin.kubeconfig"
