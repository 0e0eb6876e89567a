# Go, at the version of versions.env. Source it after common.sh.
# shellcheck shell=bash

# Debian 12's Go is older than Kubernetes wants. Go publishes its toolchains as modules, checked against its
# checksum database, so an old `go` can fetch a new one; a newer `go` does that by itself but loses the x bits here.
ensure_go() {
  [ "$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null)" != "go$GO_VERSION" ] || return 0
  local dir
  mkdir -p "$CACHE/src/toolchain" && cd "$CACHE/src/toolchain" || return
  printf 'module toolchain\ngo 1.19\n' >go.mod
  dir=$(go mod download -json "golang.org/toolchain@v0.0.1-go$GO_VERSION.linux-$(go env GOARCH)" | jq -r .Dir)
  [ -x "$dir/bin/go" ] || { chmod -R u+w "$dir" && chmod +x "$dir"/bin/* "$dir"/pkg/tool/*/*; }
  export PATH=$dir/bin:$PATH GOROOT=$dir
}
