# The steps of dev/demo, in the order in which it takes them. Source it.
# shellcheck shell=bash

prepare() {
  "$PROJECT/dev/lib/packages.sh" build run
  "$PROJECT/dev/lib/provider-install.sh"
  # kubectl comes with the control plane, also where that one is not used.
  "$PROJECT/dev/lib/control-plane-build.sh"
  quietly "configuring the release build" cmake -S "$PROJECT" --preset release
  quietly "building the operator" cmake --build "$PROJECT/build/release" --target integration-operator
}

start_cluster() {
  if [ "$OWN_CLUSTER" = yes ]; then
    at_exit remove_control_plane
    quietly "starting a control plane" "$PROJECT/dev/control-plane/up.sh" "$WORK/control-plane"
    export KUBECONFIG=$WORK/control-plane/admin.kubeconfig
    return
  fi
  export KUBECONFIG=${KUBECONFIG:-$HOME/.kube/config}
  kubectl get --raw /readyz >/dev/null || die "the cluster of $KUBECONFIG does not answer"
  local found
  found=$(kubectl get --ignore-not-found -o name crd/offerings.oauth.integrations.dev \
    crd/integrations.oauth.integrations.dev "namespace/$NAMESPACE" namespace/integration-operator)
  [ -z "$found" ] || die "the demo removes all that it makes, so it touches nothing that is there already: ${found//$'\n'/, }"
  at_exit remove_installation
}

remove_control_plane() { "$PROJECT/dev/control-plane/down.sh" "$WORK/control-plane" --purge; }

remove_installation() {
  say "removing the operator's installation from the cluster"
  kubectl delete --ignore-not-found --timeout=60s -f "$PROJECT/deploy" -f "$PROJECT/crds" >/dev/null
}

# While the operator still runs: nobody but the operator removes its finalizer from the Offerings.
remove_samples() {
  [ "$OWN_CLUSTER" = no ] || return 0
  say "removing the samples from the cluster"
  kubectl delete --ignore-not-found --timeout=60s -f "$SAMPLES/namespace.yaml" >/dev/null
  kubectl delete --ignore-not-found --timeout=60s -f "$SAMPLES/offerings.yaml" >/dev/null
}

start_provider() {
  say "starting an OpenID provider"
  "$PROJECT/dev/provider/run.sh" >"$WORK/provider.json" 2>"$WORK/provider.log" &
  PROVIDER=$!
  at_exit stop_provider
  await 20 "the OpenID provider" test -s "$WORK/provider.json"
  ISSUER=$(jq -r .issuer "$WORK/provider.json")
  ADMIN=$(jq -r .admin "$WORK/provider.json")
  SECRET=$(openssl rand -hex 16)
}

stop_provider() { end "$PROVIDER"; }
# An end by a signal is normal. After another one, the operator's last words may explain it.
stop_operator() {
  [ "$1" -eq 0 ] || [ "$1" -gt 128 ] || tail -n 20 "$WORK/operator.log" >&2
  end "$OPERATOR"
}
end() { kill "$1" && wait "$1"; } 2>/dev/null

install_operator() {
  say "installing the CRDs and the operator's ServiceAccount and RBAC"
  kubectl apply --server-side -f "$PROJECT/crds" -f "$PROJECT/deploy" >/dev/null
  kubectl wait --for=condition=Established --timeout=30s -f "$PROJECT/crds" >/dev/null
}

start_operator() {
  say "starting the operator, as the ServiceAccount integration-operator"
  PROBES=$(free_port)
  PUBLIC_PORT=$(free_port)
  "$PROJECT/dev/control-plane/kubeconfig-for-serviceaccount.sh" "$KUBECONFIG" \
    integration-operator integration-operator "$WORK/operator.kubeconfig"
  "${OPERATOR_BINARY:-$PROJECT/build/release/bin/integration-operator}" run --kubeconfig "$WORK/operator.kubeconfig" \
    --namespace integration-operator --public-url "http://localhost:$PUBLIC_PORT" --allow-http-providers \
    --health-probe-bind-address "127.0.0.1:$PROBES" --web-bind-address "127.0.0.1:$PUBLIC_PORT" \
    >"$WORK/operator.log" 2>&1 &
  OPERATOR=$!
  at_exit stop_operator
  await_operator "http://127.0.0.1:$PROBES/readyz"
}

await_operator() {
  local end=$((SECONDS + 30))
  until curl -sf --max-time 2 "$1" >/dev/null; do
    kill -0 "$OPERATOR" 2>/dev/null || die "the operator has ended"
    [ "$SECONDS" -lt "$end" ] || die "the operator did not become ready"
    sleep 0.1
  done
}

# register NAME [FIELDS]: stands for a person in the provider's app settings, for the client demo-NAME.
register() {
  local client
  client=$(jq -n --arg secret "$SECRET" --arg callback "$CALLBACK" --argjson more "${2:-{\}}" \
    '{client_secret: $secret, redirect_uris: [$callback]} + $more')
  curl -sf -X PUT -d "$client" "$ADMIN/clients/demo-$1" >/dev/null || die "the provider did not register demo-$1"
}

sample() { sed "s|@ISSUER@|$ISSUER|g; s|@SECRET@|$SECRET|g" "$SAMPLES/$1.yaml"; }

apply_samples() {
  say "applying the samples of dev/samples"
  at_exit remove_samples
  sample namespace | kubectl apply --server-side -f - >/dev/null
  sample offerings | kubectl apply --server-side -f - >/dev/null
  kubectl wait --for=condition=Ready --timeout=30s offering --all >/dev/null
  CALLBACK=$(kubectl get offering demo -o jsonpath='{.status.callbackURL}')
  local name
  for name in right-credentials rotation wrong-secret; do register "$name"; done
  register scope-refused '{"scope": "openid api:read"}'
  register callback-not-registered '{"redirect_uris": ["https://app.example/another-callback"]}'
  for name in configured provider cluster; do sample "$name" | kubectl apply --server-side -f - >/dev/null; done
}

# Name, expected phase, condition and reason of every sample.
expectations() {
  kubectl get integrations -n "$NAMESPACE" -o json |
    jq -r '.items[] | "\(.metadata.name) \(.metadata.annotations["samples.integrations.dev/expected"])"'
}

# The phase and the reason of the condition that decides, as they are now, and on a second line its message.
actual() { # NAME CONDITION
  kubectl get integration "$1" -n "$NAMESPACE" -o json | jq -r --arg type "$2" '
    def condition(name): (.status.conditions // [] | map(select(.type == name)) | first) // {};
    "\(.status.phase) \(condition($type).reason)", condition($type).message'
}

reason_is() { # NAME CONDITION REASON: within 20 s
  kubectl wait "integration/$1" -n "$NAMESPACE" --timeout=20s \
    --for=jsonpath="{.status.conditions[?(@.type==\"$2\")].reason}=$3" >/dev/null 2>&1
}

show_samples() {
  local name phase condition reason mark got wrong=0
  say "the verdicts on the samples"
  local row='%-2s %-24s %-20s %-38s %s\n'
  # shellcheck disable=SC2059 # one format for all rows
  printf "\n$row" '' INTEGRATION CONDITION EXPECTED ACTUAL
  while read -r name phase condition reason <&3; do
    reason_is "$name" "$condition" "$reason" || true
    mapfile -t got < <(actual "$name" "$condition")
    mark=✓
    [ "${got[0]}" = "$phase $reason" ] || { mark=✗ wrong=$((wrong + 1)); }
    # shellcheck disable=SC2059
    printf "$row" "$mark" "$name" "$condition" "$phase $reason" "${got[0]}"
    fold -s -w 110 <<<"${got[*]:1}" | sed 's/^/      /'
  done 3< <(expectations)
  echo
  [ "$wrong" -eq 0 ] || die "$wrong of the samples did not end as they should"
}

# The important journey: a person reads status.callbackURL, registers it at the provider, and touches nothing else.
register_callback() {
  local name=callback-not-registered url
  url=$(kubectl get integration "$name" -n "$NAMESPACE" -o jsonpath='{.status.callbackURL}')
  say "registering $url at the provider, for $name"
  CALLBACK=$url register "$name"
  say "waiting until the operator notices by itself"
  kubectl wait "integration/$name" -n "$NAMESPACE" --for=jsonpath='{.status.phase}'=Configured --timeout=30s >/dev/null ||
    die "$name is not Configured 30 s after its callback was registered"
  say "$name is Configured"
}

invite() {
  cat <<TEXT

It stays up until Ctrl-C; the operator's log is $WORK/operator.log. In another terminal:

  export KUBECONFIG=$KUBECONFIG PATH=$BIN:\$PATH
  kubectl get oauth -A                                  # Offerings and Integrations
  kubectl explain integration.spec                      # the manual
  kubectl -n $NAMESPACE describe integration wrong-secret

Fix it in the cluster:
  kubectl -n $NAMESPACE patch secret wrong-secret -p '{"stringData":{"client_secret":"$SECRET"}}'
Finish the rotation at the provider; until then the previous secret works:
  curl -X PATCH -d '{"client_secret":"not-yet-valid"}' $ADMIN/clients/demo-rotation
  kubectl -n $NAMESPACE annotate integration rotation oauth.integrations.dev/reconcile-requested-at="\$(date)" --overwrite
Remove a callback; the operator notices it at once on request:
  curl -X PATCH -d '{"redirect_uris":["https://app.example/"]}' $ADMIN/clients/demo-right-credentials
  kubectl -n $NAMESPACE annotate integration right-credentials oauth.integrations.dev/reconcile-requested-at="\$(date)" --overwrite
Make the provider unavailable, and available again; Configured Integrations stay Configured:
  curl -X PUT -d '{"status":503,"retryAfter":5}' $ADMIN/behaviour
  curl -X DELETE $ADMIN/behaviour
What the provider was asked:
  curl -s $ADMIN/log | jq -c '.[]'

TEXT
  wait -n "$OPERATOR" "$PROVIDER" || true
  die "the operator or the provider has ended"
}
