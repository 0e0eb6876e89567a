#!/usr/bin/env bash
# kubeconfig-for-serviceaccount.sh DIR-OR-KUBECONFIG NAMESPACE NAME OUT: writes OUT, a kubeconfig with a token of that
# ServiceAccount, good for a day. The first argument is up.sh's folder or a kubeconfig that may ask for tokens.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

[ $# -eq 4 ] || die "usage: kubeconfig-for-serviceaccount.sh DIR-OR-KUBECONFIG NAMESPACE NAME OUT"
from=$1 namespace=$2 name=$3 out=$4
[ ! -d "$from" ] || from=$from/admin.kubeconfig
token=$(kubectl --kubeconfig "$from" create token "$name" --namespace "$namespace" --duration 24h)
cluster=$(kubectl --kubeconfig "$from" config view --raw --minify --flatten -o json | jq '.clusters[0].cluster')

umask 077
jq -n --arg name "$name" --arg namespace "$namespace" --arg token "$token" --argjson cluster "$cluster" '{
  apiVersion: "v1", kind: "Config", "current-context": "serviceaccount",
  clusters: [{name: "cluster", cluster: $cluster}],
  users: [{name: $name, user: {token: $token}}],
  contexts: [{name: "serviceaccount", context: {cluster: "cluster", user: $name, namespace: $namespace}}]
}' >"$out"
