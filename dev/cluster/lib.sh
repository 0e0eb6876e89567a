# Shared by the scripts of this folder: a control plane (dev/control-plane/lib.sh) and a node in namespaces of its own.
# shellcheck shell=bash disable=SC2034 # those who source it use what it sets
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=dev/control-plane/lib.sh
. "$HERE/../control-plane/lib.sh"
# shellcheck source=dev/control-plane/pki.sh
. "$HERE/../control-plane/pki.sh"

# 198.18.0.0/15 is for tests between networks (RFC 2544): no real network is in the way. Pods and Services are known in the
# node alone, so that all clusters use the same addresses for them.
PODS=198.19.0
SERVICES=198.19.1
PAUSE_IMAGE=localhost/pause:1

# use_cluster DIR: every other function of this file works on that cluster.
use_cluster() {
  case $(realpath -m "${1:-.}")/ in
    /run/* | /var/lib/* | /var/log/*) die "the node has folders of its own at /run, /var/lib and /var/log: choose another folder" ;;
  esac
  use_folder "${1:-}"
  VAR=$DIR/var CONF=$DIR/conf
  [ ! -s "$DIR/number" ] || use_number "$(cat "$DIR/number")"
  if running node; then enter_node; fi
}

# The number of a cluster distinguishes its device, cgroup and addresses on this machine.
use_number() {
  NUMBER=$1
  NODE=iop-node$NUMBER
  API_ADDRESS=198.18.$NUMBER.1
  HOST_ADDRESS=198.18.$NUMBER.2
}

# After this, processes of `start` are in the node's network. IN_NODE is in its other namespaces, too: a command that sees the
# node's processes and files.
enter_node() {
  local namespaces=/proc/$PID/ns
  INSIDE=(nsenter --net="$namespaces/net")
  IN_NODE=(nsenter --mount="$namespaces/mnt" --pid="$namespaces/pid_for_children")
}

# start_in_node NAME COMMAND...
start_in_node() { start "$1" "${IN_NODE[@]}" "${@:2}"; }
in_node() { "${INSIDE[@]}" "${IN_NODE[@]}" "$@"; }

# A cgroup (v2) other than the root gives its children controllers only where no process is in it itself: those that are, as in a
# container, go into a child of their own.
enable_controllers() {
  local process
  if [ -e /sys/fs/cgroup/cgroup.type ]; then
    mkdir -p /sys/fs/cgroup/init
    while read -r process; do echo "$process" >/sys/fs/cgroup/init/cgroup.procs || true; done </sys/fs/cgroup/cgroup.procs
  fi
  echo '+cpu +cpuset +io +memory +pids' >/sys/fs/cgroup/cgroup.subtree_control
}

# The folders of the node's cgroup: the one of version 2, or one in each hierarchy of version 1.
cgroups() {
  if [ -f /sys/fs/cgroup/cgroup.controllers ]; then echo "/sys/fs/cgroup/$NODE"; return; fi
  find /sys/fs/cgroup -mindepth 2 -maxdepth 2 -name cgroup.procs -printf "%h/$NODE\n"
}
