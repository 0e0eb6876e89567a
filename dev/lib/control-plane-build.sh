#!/usr/bin/env bash
# control-plane-build.sh [--node]: builds etcd, kube-apiserver, kube-controller-manager and kubectl from their Go modules
# into the cache; with --node also the rest of a real node: kube-scheduler, kubelet, kube-proxy and CoreDNS.
# Idempotent: it does not rebuild a program that is there at the pinned version.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=dev/lib/go.sh
. "$PROJECT/dev/lib/go.sh"

CONTROL_PLANE=(kube-apiserver kube-controller-manager kubectl)
NODE=(kube-scheduler kubelet kube-proxy)

# k8s.io/kubernetes points its staging modules at ./staging; a dependant must name their published versions.
kubernetes_module() {
  local dir
  mkdir -p "$SRC/kubernetes" && cd "$SRC/kubernetes"
  printf 'module controlplane\ngo 1.26.0\n' >go.mod
  dir=$(go mod download -json "k8s.io/kubernetes@v$KUBERNETES_VERSION" | jq -r .Dir)
  {
    printf 'module controlplane\ngo 1.26.0\nrequire k8s.io/kubernetes v%s\nreplace (\n' "$KUBERNETES_VERSION"
    sed -n -E "s#^\s*(replace )?(k8s\.io/[a-z0-9-]+) => \./staging.*#\2 => \2 v0.${KUBERNETES_VERSION#1.}#p" "$dir/go.mod"
    printf ')\n'
  } >go.mod
  { printf '//go:build tools\n\npackage controlplane\n\nimport (\n'
    printf '\t_ "k8s.io/kubernetes/cmd/%s"\n' "${CONTROL_PLANE[@]}" "${NODE[@]}"
    printf ')\n'; } >tools.go
  go mod tidy
}

build_kubernetes() { # NAME
  local minor=${KUBERNETES_VERSION#1.}; minor=${minor%%.*}
  local v=k8s.io/component-base/version c=k8s.io/client-go/pkg/version
  cd "$SRC/kubernetes"
  go build -v -buildvcs=false -o "$BIN/$1" -ldflags "-s -w -X $v.gitVersion=v$KUBERNETES_VERSION -X $v.gitMajor=1 -X $v.gitMinor=$minor \
    -X $c.gitVersion=v$KUBERNETES_VERSION -X $c.gitMajor=1 -X $c.gitMinor=$minor" "k8s.io/kubernetes/cmd/$1"
  echo "$KUBERNETES_VERSION" >"$BIN/.$1.version"
}

wanted=("${CONTROL_PLANE[@]}")
case ${1:-} in
  '') ;;
  --node) wanted+=("${NODE[@]}") ;;
  *) die "unknown argument $1: control-plane-build.sh [--node]" ;;
esac

# Two clones share the cache: one builds, the other waits for it.
exec 9>"$CACHE/control-plane-build.lock"
flock -n 9 || { say "another build of the control plane is under way: waiting for it"; flock 9; }

missing=()
for name in "${wanted[@]}"; do
  built "$name" "$KUBERNETES_VERSION" || missing+=("$name")
done
if [ ${#missing[@]} -gt 0 ]; then
  ensure_go
  quietly "fetching Kubernetes $KUBERNETES_VERSION's Go modules" kubernetes_module
  for name in "${missing[@]}"; do quietly "building $name $KUBERNETES_VERSION" build_kubernetes "$name"; done
fi
build_tool etcd "$ETCD_VERSION" go.etcd.io/etcd/server/v3 go.etcd.io/etcd/server/v3
[ "${1:-}" != --node ] || build_tool coredns "$COREDNS_VERSION" github.com/coredns/coredns github.com/coredns/coredns
