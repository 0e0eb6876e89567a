#!/usr/bin/env bash
# restart-apiserver.sh DIR [stop|start]: ends kube-apiserver and starts it again at the same address, with the same
# state; with a second word only the one or the other, so that a test can look at the time between.
# shellcheck source=dev/control-plane/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ -d "${1:-}/pki" ] || die "${1:-}: no control plane was started there"
use_folder "$1"
case ${2:-restart} in
  stop) stop apiserver ;;
  start) ensure_apiserver ;;
  restart) stop apiserver; ensure_apiserver ;;
  *) die "unknown argument $2: restart-apiserver.sh DIR [stop|start]" ;;
esac
