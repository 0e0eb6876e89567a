#!/usr/bin/env bash
# down.sh DIR [--purge]: ends what up.sh started for DIR, and nothing else; --purge deletes DIR too.
# shellcheck source=dev/control-plane/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ -d "${1:-}/run" ] || exit 0
use_folder "$1"
case ${2:-} in
  '') signal=TERM ;;
  --purge) signal=KILL ;; # what is about to be deleted needs no orderly end
  *) die "unknown argument $2: down.sh DIR [--purge]" ;;
esac
for name in controller-manager apiserver etcd; do stop "$name" "$signal"; done
[ "$signal" = TERM ] || rm -rf "$DIR"
