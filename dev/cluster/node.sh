# The node: namespaces, a device that leads into them, cgroups, and a container runtime. Source it after lib.sh.
# shellcheck shell=bash

# The first process of the node's namespaces. All others are its children or die with it; so do mounts, addresses, routes,
# rules. down.sh need not end anything else.
node_init() {
  set -e
  # The kubelet and containerd use the paths that they use anywhere, and find nothing of this machine's there.
  mount --bind "$VAR/lib" /var/lib
  mount --bind "$VAR/log" /var/log
  mount -t tmpfs -o mode=0755 none /run
  keep_kernel_settings
  exec catatonit -- sleep infinity
}

# The kubelet would set these for the whole machine if they differed from its own values: so it sees its own values.
keep_kernel_settings() {
  local setting value
  while read -r setting value; do
    mkdir -p "/run/kernel/$setting"
    echo "$value" >"/run/kernel/$setting/value"
    mount --bind "/run/kernel/$setting/value" "/proc/sys/$setting"
  done <<'SETTINGS'
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
SETTINGS
}

ensure_node() {
  running node && return
  rm -rf "$VAR/lib/cni" # the addresses of Pods that ended with the node
  mkdir -p "$VAR/lib" "$VAR/log" "$CONF"
  export VAR
  start node unshare --mount --net --pid --fork --kill-child --mount-proc \
    bash -c "$(declare -f node_init keep_kernel_settings); node_init"
  ready_or_dead node 10 node_init_done || fail_with_log node
  connect_node
  make_cgroups
}
# Its last mount is there.
node_init_done() { running node && enter_node && in_node mountpoint -q /proc/sys/kernel/keys/root_maxbytes; }

# The only way into the node, and none out of it: Pods' packages are not forwarded to this machine.
connect_node() {
  local number taken=yes
  for number in ${NUMBER:-0 1 2 3 4 5 6 7 8 9}; do
    use_number "$number"
    ! ip link add "$NODE" type veth peer name machine netns "$PID" 2>/dev/null || { taken=; break; }
  done
  [ -z "$taken" ] || die "other clusters have all the names up to $NODE: end one of them with down.sh"
  echo "$NUMBER" >"$DIR/number"
  ip address add "$HOST_ADDRESS/24" dev "$NODE"
  ip link set "$NODE" up
  "${INSIDE[@]}" bash -ec "
    ip link set lo up
    ip address add $API_ADDRESS/24 dev machine
    ip link set machine up
    ip route add $SERVICES.0/24 dev machine # for the node's own processes: kube-proxy changes the address before it gets there
    sysctl -q net.ipv4.ip_forward=1
    nft 'table ip guard { chain forward { type filter hook forward priority 10; oifname machine reject; }; }'"
}

# The kubelet wants its cgroup to be there, with all controllers.
make_cgroups() {
  local folder
  for folder in $(cgroups); do
    mkdir -p "$folder"
    case $folder in
      "/sys/fs/cgroup/$NODE") enable_controllers ;;
      */cpuset/*) for file in cpuset.cpus cpuset.mems; do cat "${folder%/*}/$file" >"$folder/$file"; done ;; # empty otherwise
    esac
  done
}

ensure_containerd() {
  running containerd || start_in_node containerd containerd --config "$CONF/containerd.toml"
  ready_or_dead containerd 30 in_node ctr version || fail_with_log containerd
  in_node ctr -n k8s.io images ls -q | grep -xF "$PAUSE_IMAGE" >/dev/null || load_pause_image
}

load_pause_image() {
  # shellcheck source=dev/lib/images.sh
  . "$PROJECT/dev/lib/images.sh"
  local archive=$IMAGES/pause.tar
  [ -f "$archive" ] || quietly "making an image of pause" make_pause_image "$archive"
  "$HERE/load-image.sh" "$DIR" "$archive"
}

# The pause image holds a Pod's network: one static program of Debian's that does nothing.
make_pause_image() { # ARCHIVE
  local context
  context=$(mktemp -d "$IMAGES/tmp/pause.XXXXXX")
  cp "$(command -v catatonit)" "$context/"
  printf 'FROM scratch\nCOPY catatonit /\nUSER 65535:65535\nENTRYPOINT ["/catatonit", "-P"]\n' |
    build_image -t "$PAUSE_IMAGE" -f - "$context"
  save_image "$PAUSE_IMAGE" "$context/pause.tar"
  mv "$context/pause.tar" "$1"
  rm -rf "$context"
}

node_ready() { kubectl --kubeconfig "$DIR/admin.kubeconfig" wait --for=condition=Ready node/node --timeout=5s; }
