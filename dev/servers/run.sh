#!/usr/bin/env bash
# run.sh NAME: one of the servers of README.md, in the foreground. The process is the server itself, so
# its pid can end it. dev/lib/servers-install.sh must have run before.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -e "$here/installed/go" ] || { echo "error: the servers are not installed: run dev/lib/servers-install.sh" >&2; exit 1; }
in_python() { PYTHONPATH=$here/installed/python exec python3 -B "$here/python/$1"; }
in_go() { exec "$here/installed/go/$1" "$here/clients.json"; }
# The provider of dev/provider, with these clients; it has no public ones.
in_oidc_provider() {
  exec "$here/../provider/run.sh" "$@" --data <(jq '[.[] | select(.secret != "") | (.grant == "authorization_code") as $codes | {
    key: .id,
    value: {client_id: .id, client_secret: .secret, redirect_uris: [.callback],
      grant_types: (if $codes then [.grant, "refresh_token"] else [.grant] end),
      response_types: (if $codes then ["code"] else [] end)}}] | from_entries' "$here/clients.json")
}
case ${1-} in
  oidc-provider) in_oidc_provider ;;
  oidc-provider-without-par) in_oidc_provider --no-par ;;
  authlib) in_python authlib_server.py ;;
  django-oauth-toolkit) in_python django_server.py ;;
  node-oauth2-server) exec node "$here/node/server.mjs" ;;
  fosite | go-oauth2 | zitadel) in_go "$1" ;;
  *) echo "error: unknown server '${1-}': see $here/README.md" >&2; exit 1 ;;
esac
