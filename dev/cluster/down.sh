#!/usr/bin/env bash
# down.sh DIR [--purge]: ends what up.sh started for DIR, all its Pods too, and nothing else; --purge deletes DIR as well.
# Without it, up.sh goes on where this ended, as after a machine's restart.
# shellcheck source=dev/cluster/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ -d "${1:-}/run" ] || exit 0
use_cluster "$1"
case ${2:-} in
  '' | --purge) ;;
  *) die "unknown argument $2: down.sh DIR [--purge]" ;;
esac

# The kernel kills all of the node's processes with its first one, and then takes down what was theirs.
stop node KILL
for name in containerd kubelet proxy coredns controller-manager scheduler; do stop "$name" KILL; done
for name in apiserver etcd; do stop "$name"; done
if [ -s "$DIR/number" ]; then
  gone() { [ ! -e "/sys/class/net/$NODE" ]; }
  await 30 "the end of the node's network" gone
  remove_cgroups() {
    local folder
    for folder in $(cgroups); do [ ! -d "$folder" ] || find "$folder" -depth -type d -exec rmdir {} +; done
  }
  await 30 "the end of the node's last processes" remove_cgroups
fi
[ "${2:-}" != --purge ] || rm -rf "$DIR"
