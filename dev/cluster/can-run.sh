#!/usr/bin/env bash
# can-run.sh DIR: exits 0 if up.sh can start a node with its state in DIR. Otherwise it prints one line with the missing requirement.
# It leaves nothing behind, but it may move processes into a cgroup of their own: see enable_controllers.
# shellcheck source=dev/cluster/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

lacks() { echo "$*"; exit 1; }
in_namespaces() { unshare --mount --net --pid --fork --mount-proc bash -ec "$1" -- "${@:2}" 2>/dev/null; }

[ "$(id -u)" -eq 0 ] || lacks "it must be run by root"
for command in containerd runc ip nft unshare nsenter catatonit; do
  command -v "$command" >/dev/null || lacks "$command is not installed (dev/lib/packages.sh node)"
done
[ -x /usr/lib/cni/ptp ] || lacks "/usr/lib/cni/ptp is not installed (dev/lib/packages.sh node)"
in_namespaces true || lacks "it may not make namespaces for a node"
in_namespaces 'ip link add trial0 type veth peer name trial1' || lacks "it may not make network devices of type veth"
in_namespaces 'nft add table ip trial' || lacks "its kernel has no nftables"

use_cluster "${1:-}"
trial=$(mktemp -d "$DIR/trial.XXXXXX")
remove_trial() { rm -rf "$trial"; }
at_exit remove_trial
mkdir "$trial/lower" "$trial/upper" "$trial/work" "$trial/all"
# shellcheck disable=SC2016 # the other bash expands it
in_namespaces 'mount -t overlay -o "lowerdir=$1/lower,upperdir=$1/upper,workdir=$1/work" none "$1/all"' "$trial" ||
  lacks "$DIR is on a file system that overlayfs cannot write to"

use_number trial
mapfile -t wanted < <(cgroups)
[ ${#wanted[@]} -gt 0 ] || lacks "no cgroups are mounted at /sys/fs/cgroup"
[ ! -f /sys/fs/cgroup/cgroup.controllers ] || enable_controllers 2>/dev/null ||
  lacks "it may not give controllers to the cgroups in /sys/fs/cgroup"
for folder in "${wanted[@]}"; do
  { mkdir "$folder" && rmdir "$folder"; } 2>/dev/null || lacks "it may not make cgroups in ${folder%/*}"
done
