# The certificates and configuration of the node's parts. Source it after lib.sh.
# shellcheck shell=bash disable=SC2034 # CONTROLLERS and CLIENTS are for those who source it

CONTROLLERS=('*') # there are nodes and Pods here
CLIENTS=(controller-manager scheduler kubelet proxy coredns)

ensure_node_pki() {
  [ ! -f "$PKI/node-complete" ] || return 0
  (
    umask 077
    certificate scheduler /CN=system:kube-scheduler extendedKeyUsage=clientAuth
    certificate kubelet /O=system:nodes/CN=system:node:node extendedKeyUsage=clientAuth
    certificate kubelet-server /CN=node "extendedKeyUsage=serverAuth
subjectAltName=IP:$API_ADDRESS,DNS:node"
    certificate apiserver-kubelet /O=system:masters/CN=kube-apiserver extendedKeyUsage=clientAuth
    certificate proxy /CN=system:kube-proxy extendedKeyUsage=clientAuth
    certificate coredns /CN=coredns extendedKeyUsage=clientAuth
    touch "$PKI/node-complete"
  )
}

write_configuration() {
  mkdir -p "$CONF/cni"
  apiserver_flags >"$DIR/apiserver.flags"
  containerd_configuration >"$CONF/containerd.toml"
  pod_network >"$CONF/cni/pods.conflist"
  : >"$CONF/resolv.conf" # Pods know no other names than the cluster's
  kubelet_configuration >"$CONF/kubelet.yaml"
  proxy_configuration >"$CONF/proxy.yaml"
  dns_configuration >"$CONF/Corefile"
}

# In addition to those of dev/control-plane. Of a flag that takes one value, the last one counts; --authorization-mode adds.
apiserver_flags() {
  cat <<FLAGS
--advertise-address=$API_ADDRESS
--endpoint-reconciler-type=lease
--authorization-mode=Node
--enable-admission-plugins=NodeRestriction
--allow-privileged=true
--kubelet-client-certificate=$PKI/apiserver-kubelet.crt
--kubelet-client-key=$PKI/apiserver-kubelet.key
--kubelet-certificate-authority=$PKI/ca.crt
--kubelet-preferred-address-types=InternalIP
FLAGS
}

containerd_configuration() {
  cat <<TOML
version = 2
# The first would make /opt/containerd; the others are for file systems that are not used here.
disabled_plugins = [
  "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"
]
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$PAUSE_IMAGE"
  disable_apparmor = true
  # Inside of a container, CAP_SYS_RESOURCE may be missing: then nobody may lower an oom_score_adj.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$CONF/cni"
TOML
}

# A link of its own for each Pod, and routes between them. On a bridge, answers from one Pod to another would take a short
# cut around the rules that give Services their addresses, unless the module br_netfilter is loaded for the whole machine.
pod_network() {
  cat <<JSON
{"cniVersion": "1.0.0", "name": "pods", "plugins": [
  {"type": "ptp", "ipam": {"type": "host-local", "ranges": [[{"subnet": "$PODS.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
JSON
}

kubelet_configuration() {
  cat <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
cgroupRoot: /$NODE
failCgroupV1: false
failSwapOn: false
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
address: $API_ADDRESS
healthzPort: 0
tlsCertFile: $PKI/kubelet-server.crt
tlsPrivateKeyFile: $PKI/kubelet-server.key
authentication: {x509: {clientCAFile: $PKI/ca.crt}, webhook: {enabled: true}, anonymous: {enabled: false}}
authorization: {mode: Webhook}
clusterDNS: [$SERVICES.10]
clusterDomain: cluster.local
resolvConf: $CONF/resolv.conf
volumePluginDir: /var/lib/kubelet/volume-plugins
# Images come by load-image.sh: nobody pulled them, and nobody could pull them again.
imagePullCredentialsVerificationPolicy: NeverVerify
imageGCHighThresholdPercent: 100
# This machine is not the node's alone: how full it is must not decide what runs.
evictionHard: {memory.available: 0%, nodefs.available: 0%, nodefs.inodesFree: 0%, imagefs.available: 0%, imagefs.inodesFree: 0%}
YAML
}

proxy_configuration() {
  cat <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $DIR/proxy.kubeconfig}
mode: nftables
clusterCIDR: $PODS.0/24
hostnameOverride: node
bindAddress: $API_ADDRESS
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
conntrack: {maxPerCore: 0} # the limit is the machine's, not the node's
YAML
}

# A process of the node's rather than a Pod: one image less.
dns_configuration() {
  cat <<COREFILE
. {
  bind $API_ADDRESS
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig $DIR/coredns.kubeconfig dev
    ttl 5
  }
}
COREFILE
}

apply_node_objects() {
  kubectl --kubeconfig "$DIR/admin.kubeconfig" apply --server-side -f - >/dev/null <<YAML
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: coredns}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: User, name: coredns}]
---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system, labels: {k8s-app: kube-dns}}
spec:
  clusterIP: $SERVICES.10
  ports: [{name: dns, protocol: UDP, port: 53}, {name: dns-tcp, protocol: TCP, port: 53}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kube-dns, namespace: kube-system, labels: {kubernetes.io/service-name: kube-dns}}
addressType: IPv4
endpoints: [{addresses: [$API_ADDRESS]}]
ports: [{name: dns, protocol: UDP, port: 53}, {name: dns-tcp, protocol: TCP, port: 53}]
YAML
}
