#!/usr/bin/env bash
# Installs the servers of dev/servers/run.sh into the cache, once for each content of the files that pin them, and links them into
# dev/servers/installed: Python packages, npm packages, and binaries built from Go modules.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=dev/lib/go.sh
. "$PROJECT/dev/lib/go.sh"

FOLDER=$PROJECT/dev/servers

# install PART FUNCTION WHAT-IT-IS-MADE-OF
install() {
  local target
  target=$CACHE/servers/$1-$(sha256sum <<<"$3" | cut -c1-16)
  made_once "$target" "installing the servers in $1" "$2"
  mkdir -p "$FOLDER/installed"
  ln -sfn "$target" "$FOLDER/installed/$1"
}

python_packages() {
  python3 -m pip install --no-input --disable-pip-version-check --require-hashes --only-binary :all: \
    --target "$1" --requirement "$FOLDER/python/requirements.txt"
}

npm_packages() {
  cp "$FOLDER"/node/{package.json,package-lock.json,.npmrc} "$1/"
  npm ci --prefix "$1" --ignore-scripts --no-progress
}

go_binaries() {
  ensure_go
  cd "$FOLDER/go"
  go build -mod=readonly -buildvcs=false -o "$1/" ./...
}

install python python_packages "$(python3 --version; cat "$FOLDER/python/requirements.txt")"
install node npm_packages "$(cat "$FOLDER"/node/{package.json,package-lock.json,.npmrc})"
install go go_binaries "$GO_VERSION $(cat "$FOLDER"/go/{go.mod,go.sum,*/*.go})"
ln -sfn ../installed/node/node_modules "$FOLDER/node/node_modules"
