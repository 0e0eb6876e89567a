# How tools are built from their Go modules into the cache. Source it after common.sh.
# shellcheck shell=bash

SRC=$CACHE/src
export GOFLAGS=-mod=mod CGO_ENABLED=1

# Debian 12's Go is older than Kubernetes wants. Go publishes its toolchains as modules, checked against its
# checksum database, so an old `go` can fetch a new one; a newer `go` does that by itself but loses the x bits here.
ensure_go() {
  [ "$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null)" != "go$GO_VERSION" ] || return 0
  local dir
  mkdir -p "$SRC/toolchain"
  cd "$SRC/toolchain" || return
  printf 'module toolchain\ngo 1.19\n' >go.mod
  dir=$(go mod download -json "golang.org/toolchain@v0.0.1-go$GO_VERSION.linux-$(go env GOARCH)" | jq -r .Dir)
  [ -x "$dir/bin/go" ] || { chmod -R u+w "$dir" && chmod +x "$dir"/bin/* "$dir"/pkg/tool/*/*; }
  export PATH=$dir/bin:$PATH GOROOT=$dir
}

# built NAME VERSION: is BIN/NAME there, at that version?
built() { [ -x "$BIN/$1" ] && [ "$(cat "$BIN/.$1.version" 2>/dev/null)" = "$2" ]; }

# build_tool NAME VERSION MODULE PACKAGE [LDFLAGS]: builds BIN/NAME of PACKAGE in MODULE, unless it is there at VERSION.
build_tool() {
  built "$1" "$2" || quietly "building $1 $2" go_build "$@"
}
go_build() {
  local name=$1 version=$2 module=$3 package=$4 ldflags=${5:-}
  ensure_go
  mkdir -p "$SRC/$name"
  cd "$SRC/$name" || return
  {
    printf 'module built\ngo 1.26.0\nrequire %s v%s\n' "$module" "$version"
    replaced_by "$module" "$version"
  } >go.mod
  printf '//go:build tools\n\npackage built\n\nimport _ "%s"\n' "$package" >tools.go
  go mod tidy
  go build -v -buildvcs=false -ldflags "-s -w $ldflags" -o "$BIN/$name" "$package"
  echo "$version" >"$BIN/.$name.version"
}

# replaced_by MODULE VERSION: the modules that it replaces by others. Go heeds that only in what is built as the main module.
replaced_by() {
  go mod edit -json "$(go mod download -json "$1@v$2" | jq -r .GoMod)" |
    jq -r '.Replace[]? | select(.New.Version) | "replace \(.Old.Path) \(.Old.Version // "") => \(.New.Path) \(.New.Version)"'
}
