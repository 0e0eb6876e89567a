#!/usr/bin/env bash
# in-node.sh DIR COMMAND...: runs a command where the cluster's node is, with its network, processes and files, e.g.
# `in-node.sh DIR ctr -n k8s.io containers ls`.
# shellcheck source=dev/cluster/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# -ge 2 ] || die "usage: in-node.sh DIR COMMAND..."
use_cluster "$1"; shift
running node || die "$DIR: no cluster runs there"
in_node "$@"
