# The keys and certificates of one control plane, and kubeconfigs that use them. Source it after lib.sh.
# shellcheck shell=bash

# certificate NAME SUBJECT EXTENSIONS: PKI/NAME.key and .crt, signed by the control plane's CA.
certificate() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$PKI/$1.key" -subj "$2" 2>/dev/null |
    openssl x509 -req -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -CAcreateserial -days 365 -out "$PKI/$1.crt" \
      -extfile <(printf '%s\n' "$3") 2>/dev/null
}

ensure_pki() {
  [ ! -f "$PKI/complete" ] || return 0
  (
    umask 077
    mkdir -p "$PKI"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj /CN=control-plane-ca \
      -keyout "$PKI/ca.key" -out "$PKI/ca.crt" 2>/dev/null
    openssl ecparam -name prime256v1 -genkey -noout -out "$PKI/serviceaccount.key"
    openssl ec -in "$PKI/serviceaccount.key" -pubout -out "$PKI/serviceaccount.pub" 2>/dev/null
    certificate apiserver /CN=kube-apiserver "extendedKeyUsage=serverAuth
subjectAltName=IP:$API_ADDRESS,DNS:localhost,IP:$SERVICES.1,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc"
    certificate admin /O=system:masters/CN=admin extendedKeyUsage=clientAuth
    certificate controller-manager /CN=system:kube-controller-manager extendedKeyUsage=clientAuth
    touch "$PKI/complete"
  )
}

# kubeconfig NAME: DIR/NAME.kubeconfig with the certificate of that name.
kubeconfig() {
  (
    umask 077
    cat >"$DIR/$1.kubeconfig.new" <<YAML
apiVersion: v1
kind: Config
clusters:
  - name: dev
    cluster:
      server: https://$API_ADDRESS:$(cat "$RUN/apiserver.port")
      certificate-authority-data: $(base64 -w0 "$PKI/ca.crt")
users:
  - name: $1
    user:
      client-certificate-data: $(base64 -w0 "$PKI/$1.crt")
      client-key-data: $(base64 -w0 "$PKI/$1.key")
contexts:
  - name: dev
    context: {cluster: dev, user: $1}
current-context: dev
YAML
  )
  mv "$DIR/$1.kubeconfig.new" "$DIR/$1.kubeconfig"
}
