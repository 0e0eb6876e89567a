#!/usr/bin/env bash
# run.sh DIR: installs Flux's definitions into the control plane of DIR (of dev/control-plane/up.sh), and runs its
# kustomize-controller in the foreground, under a ServiceAccount of its own. The process becomes the
# controller itself, so its pid can end it. dev/lib/flux-build.sh must have run before.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

[ -f "${1:-}/admin.kubeconfig" ] || die "usage: run.sh DIR, the folder of a control plane that runs"
[ -x "$BIN/kustomize-controller" ] || die "Flux is not built: run dev/lib/flux-build.sh"
admin=$1/admin.kubeconfig

kubectl --kubeconfig "$admin" apply --server-side -f "$CACHE/flux" -f "$PROJECT/dev/flux/rbac.yaml"
kubectl --kubeconfig "$admin" wait --for=condition=Established --timeout=30s -f "$CACHE/flux"
export KUBECONFIG=$1/flux.kubeconfig RUNTIME_NAMESPACE=flux-system
"$PROJECT/dev/control-plane/kubeconfig-for-serviceaccount.sh" "$1" flux-system kustomize-controller "$KUBECONFIG"

# No port, since nobody asks; and a set that waits for another one looks again soon.
exec kustomize-controller --metrics-addr=0 --health-addr=0 --requeue-dependency=2s --log-level=debug
