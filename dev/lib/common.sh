# Shared by every script of dev/: paths, reports of progress, clean-up at the end. Source it; it runs nothing.
# shellcheck shell=bash
set -euo pipefail

PROJECT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# Slow products are outside of the clone, so that a second clone is quick.
CACHE=${INTEGRATION_OPERATOR_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/integration-operator}
BIN=$CACHE/bin
LOGS=$PROJECT/build/log
mkdir -p "$BIN" "$LOGS"
export PATH=$BIN:$PATH
# One clone takes another one's compiled objects from ccache.
export CCACHE_BASEDIR=$PROJECT CCACHE_NOHASHDIR=true

# shellcheck source=dev/versions.env
. "$PROJECT/dev/versions.env"

# Scripts that call each other show the time since the first of them began.
export STARTED=${STARTED:-$(date +%s)}
say() { printf '\033[1m[%4ds]\033[0m %s\n' "$(($(date +%s) - STARTED))" "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# made_once FOLDER WHAT FUNCTION: FUNCTION fills the folder in its argument, which only this process knows; then the folder becomes
# FOLDER. If FOLDER exists, nothing happens. Two clones, which share the cache, may do this at once.
made_once() { [ -d "$1" ] || quietly "$2" make_folder "$1" "$3"; }
make_folder() {
  local fresh
  mkdir -p "${1%/*}"
  fresh=$(mktemp -d "${1%/*}/new.XXXXXX")
  "$2" "$fresh"
  mv -T "$fresh" "$1" 2>/dev/null || rm -rf "$fresh"
}

# at_exit FUNCTION: runs it when the script ends, in any way, with the exit status as its argument; the last one
# registered runs first.
AT_EXIT=()
RUNNING=() # the process groups of the steps under way
at_exit() {
  AT_EXIT=("$1" "${AT_EXIT[@]}")
  trap run_at_exit EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}
run_at_exit() {
  local status=$? command
  trap '' INT TERM HUP # a second Ctrl-C must not leave half of it undone
  set +e
  local group
  for group in "${RUNNING[@]}"; do { kill -TERM -- "-$group"; wait "$group"; } 2>/dev/null; done
  for command in "${AT_EXIT[@]}"; do "$command" "$status"; done
  exit "$status"
}

# attempt NAME COMMAND...: runs COMMAND with its output in a log, and leaves how it ended in STATUS. Shows the log's last
# line every 15 s, so that nobody wonders whether it hangs. Never call it in a condition: bash would then ignore `set -e`
# inside COMMAND.
attempt() {
  local name=$1 log; shift
  log=$(log_of "$name")
  say "$name"
  [ ${#AT_EXIT[@]} -gt 0 ] || at_exit :
  set -m # a process group of its own, so that a Ctrl-C ends all of it
  "$@" >"$log" 2>&1 </dev/null &
  RUNNING=($!)
  set +m
  until timeout 15 tail --pid="${RUNNING[0]}" -s 0.05 -f /dev/null; do
    say "  … $name: $(tail -n 1 "$log" | tr -d '\r' | cut -c1-120)"
  done
  STATUS=0
  wait "${RUNNING[0]}" || STATUS=$?
  RUNNING=()
}
log_of() { echo "$LOGS/${1//[^a-zA-Z0-9]/-}.log"; }

# quietly NAME COMMAND...: attempt. If it fails, the script ends, and shows the end of the log.
quietly() {
  attempt "$@"
  [ "$STATUS" -eq 0 ] || { tail -n 40 "$(log_of "$1")" >&2; die "$1: failed; the whole log is $(log_of "$1")"; }
}

# await SECONDS WHAT COMMAND...: polls COMMAND until it succeeds, for things that offer no event to wait for.
await() {
  local limit=$1 what=$2 end; shift 2
  end=$((SECONDS + limit))
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || die "$what: not there within $limit s"
    sleep 0.1
  done
}

# free_port: a TCP port of 127.0.0.1 that nothing listens on at this moment.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
