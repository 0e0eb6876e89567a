# Shared by the scripts of this folder: the processes of one control plane, whose whole state is one folder. Source it.
# shellcheck shell=bash
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

# dev/cluster overrides these.
API_ADDRESS=127.0.0.1 # where kube-apiserver listens
SERVICES=10.0.0       # the first three bytes of the addresses that Services get
INSIDE=()             # the command that all processes are started by, with theirs as its arguments

# use_folder DIR: every other function of this file works on that control plane.
use_folder() {
  [ -n "${1:-}" ] || die "name the folder of the control plane"
  mkdir -p "$1"
  DIR=$(cd "$1" && pwd)
  RUN=$DIR/run PKI=$DIR/pki LOG=$DIR/log
  ETCD_SOCKET=$RUN/etcd.sock
  [ ${#ETCD_SOCKET} -le 100 ] || die "$DIR: the path is too long for a Unix socket; choose one of at most $((100 - 14)) characters"
}

# A pid alone may belong to somebody else by now: a process is known by its pid and its start time. A process that has ended
# has none, even while its entry waits for a slow parent (state Z).
start_time() { # PID; see proc(5) for the fields of stat: the command, the second one, may hold blanks
  local stat fields
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 0
  read -ra fields <<<"${stat##*) }"
  [ "${fields[0]}" = Z ] || echo "${fields[19]}"
}

# running NAME: is the process that start NAME made still there? Leaves its pid in PID.
running() {
  local since
  { read -r PID since <"$RUN/$1.pid"; } 2>/dev/null || return 1
  [ -n "$since" ] && [ "$(start_time "$PID")" = "$since" ]
}

# start NAME COMMAND...: in a session of its own, so that a Ctrl-C in the terminal leaves the ending to down.sh.
start() {
  local name=$1; shift
  mkdir -p "$RUN" "$LOG"
  setsid "${INSIDE[@]}" "$@" >>"$LOG/$name.log" 2>&1 </dev/null &
  echo "$! $(start_time $!)" >"$RUN/$name.pid"
}

# stop NAME [SIGNAL]: ends the process and waits until it is gone. kube-apiserver lingers for as long as clients keep
# connections open, though it has stopped listening and ended its watches: after 3 s the process is killed.
stop() {
  local signal=${2:-TERM} end=$((SECONDS + 3))
  while running "$1"; do
    [ "$SECONDS" -lt "$end" ] || signal=KILL
    [ -z "$signal" ] || kill "-$signal" "$PID" 2>/dev/null || true
    signal=
    sleep 0.05
  done
  rm -f "$RUN/$1.pid"
}

# ready_or_dead NAME SECONDS COMMAND...: 0 once COMMAND succeeds, 1 as soon as process NAME is gone or the time is up.
ready_or_dead() {
  local name=$1 end=$((SECONDS + $2)); shift 2
  until "$@" >/dev/null 2>&1; do
    running "$name" && [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.05
  done
}

etcd_ready() { curl -sf --max-time 2 --unix-socket "$ETCD_SOCKET" http://localhost/health; }
apiserver_ready() { curl -sf --max-time 2 --cacert "$PKI/ca.crt" "https://$API_ADDRESS:$(cat "$RUN/apiserver.port")/readyz"; }
default_serviceaccount_exists() { kubectl --kubeconfig "$DIR/admin.kubeconfig" get serviceaccount default; }

fail_with_log() { tail -n 15 "$LOG/$1.log" >&2 || true; die "$1 did not come up; its log is $LOG/$1.log"; }

# etcd wants TCP addresses to advertise to other members. There are none, and nothing listens there.
NOBODY=http://127.0.0.1:1

ensure_etcd() {
  running etcd && return
  rm -f "$RUN"/*.sock
  # No fsync: the data is for trying out and testing, and a disk's speed must not decide how fast a test is.
  start etcd etcd --name node --data-dir "$DIR/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls "unix://$ETCD_SOCKET" --advertise-client-urls "$NOBODY" \
    --listen-peer-urls "unix://$RUN/peer.sock" --initial-advertise-peer-urls "$NOBODY" --initial-cluster "node=$NOBODY"
  ready_or_dead etcd 30 etcd_ready || fail_with_log etcd
}

# Another process may take the port between the choice and the start: then a first start chooses again.
ensure_apiserver() {
  running apiserver && apiserver_ready >/dev/null && return
  for _ in 1 2 3; do
    [ -s "$RUN/apiserver.port" ] || free_port >"$RUN/apiserver.port"
    start_apiserver
    ready_or_dead apiserver 60 apiserver_ready && return
    stop apiserver
    [ ! -f "$DIR/admin.kubeconfig" ] || break
    rm -f "$RUN/apiserver.port"
  done
  fail_with_log apiserver
}

start_apiserver() {
  local extra=()
  [ ! -s "$DIR/apiserver.flags" ] || mapfile -t extra <"$DIR/apiserver.flags"
  # The advertised address must not be loopback, and nothing uses it here: one of the documentation range (RFC 5737).
  start apiserver kube-apiserver --bind-address="$API_ADDRESS" --secure-port="$(cat "$RUN/apiserver.port")" \
    --advertise-address=192.0.2.1 --endpoint-reconciler-type=none --etcd-servers="unix://$ETCD_SOCKET" \
    --client-ca-file="$PKI/ca.crt" --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" \
    --authorization-mode=RBAC --service-cluster-ip-range="$SERVICES.0/24" \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-key-file="$PKI/serviceaccount.pub" --service-account-signing-key-file="$PKI/serviceaccount.key" \
    --audit-policy-file="$(dirname "${BASH_SOURCE[0]}")/audit-policy.yaml" --audit-log-path="$DIR/audit.log" \
    "${extra[@]}"
}

# Those of the default controllers that have something to do without nodes, volumes and load balancers.
CONTROLLERS=(
  '*' -cloud-node-lifecycle-controller -node-ipam-controller -node-lifecycle-controller -node-route-controller
  -service-lb-controller -taint-eviction-controller -device-taint-eviction-controller -pod-garbage-collector-controller
  -horizontal-pod-autoscaler-controller -persistentvolume-attach-detach-controller -persistentvolume-binder-controller
  -persistentvolume-expander-controller -persistentvolumeclaim-protection-controller
  -persistentvolume-protection-controller -ephemeral-volume-controller -selinux-warning-controller
  -volumeattributesclass-protection-controller -resourceclaim-controller -ttl-controller
)

ensure_controller_manager() {
  running controller-manager && return
  local controllers
  controllers=$(IFS=,; echo "${CONTROLLERS[*]}")
  start controller-manager kube-controller-manager --kubeconfig="$DIR/controller-manager.kubeconfig" --leader-elect=false \
    --secure-port=0 --use-service-account-credentials=true --controllers="$controllers" \
    --service-account-private-key-file="$PKI/serviceaccount.key" --root-ca-file="$PKI/ca.crt"
}
