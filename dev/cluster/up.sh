#!/usr/bin/env bash
# up.sh DIR: starts a real single-node Kubernetes on this machine, as root, with all its state in DIR, and leaves
# DIR/admin.kubeconfig. A running process stays as it is; several clusters run side by side. README.md explains the parts.
# dev/lib/packages.sh node and dev/lib/control-plane-build.sh --node must have run.
# shellcheck source=dev/cluster/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=dev/cluster/node.sh
. "$HERE/node.sh"
# shellcheck source=dev/cluster/configuration.sh
. "$HERE/configuration.sh"

[ $# -eq 1 ] || die "usage: up.sh DIR"
for name in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy coredns kubectl; do
  [ -x "$BIN/$name" ] || die "$name is not in $BIN: run dev/lib/control-plane-build.sh --node first"
done
reason=$("$HERE/can-run.sh" "$1") || die "this machine cannot run a node: $reason"

use_cluster "$1"
ensure_node
ensure_pki
ensure_node_pki
write_configuration
ensure_etcd
ensure_apiserver
for name in admin "${CLIENTS[@]}"; do kubeconfig "$name"; done
ensure_controller_manager
running scheduler || start scheduler kube-scheduler --kubeconfig="$DIR/scheduler.kubeconfig" --leader-elect=false --secure-port=0
ensure_containerd
running kubelet || start_in_node kubelet kubelet --config="$CONF/kubelet.yaml" --kubeconfig="$DIR/kubelet.kubeconfig" \
  --hostname-override=node --node-ip="$API_ADDRESS"
running proxy || start_in_node proxy kube-proxy --config="$CONF/proxy.yaml"
running coredns || start_in_node coredns coredns -conf "$CONF/Corefile"
apply_node_objects
ready_or_dead kubelet 120 node_ready || fail_with_log kubelet
echo "$DIR/admin.kubeconfig"
