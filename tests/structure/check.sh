#!/usr/bin/env bash
# check.sh [FOLDER]: asserts the rules that cmake/Layers.cmake cannot hold. No kind of reconciler knows another, operator/run.cc
# stays wiring, the runtime has no state of the whole process, and clang can check each lock. FOLDER: of the sources, instead of this project's.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../dev/lib/common.sh"
cd "${1:-$PROJECT}"
MOST_LINES=119 # of run.cc: one more kind is one more include and one more member
failed=
fault() { echo "$1"; failed=yes; }

# includes FOLDER: "FILE: FOLDER-OF-RECONCILERS", for each header of reconcilers/ that a file there includes.
includes() { { grep -rnoE '^#include "reconcilers/[^"]+"' "$1" || true; } | sed -E 's|:[0-9]+:#include "reconcilers/([^/"]+)(/[^"]*)?"|: \1|'; }

kinds=0
for folder in reconcilers/*/; do
  own=$(basename "$folder")
  found=$(includes "$folder")
  if [ "$own" != common ]; then
    kinds=$((kinds + 1))
    # A search that finds nothing proves nothing: each kind includes headers of its own.
    grep -q ": $own\$" <<<"$found" || fault "$folder: no file includes a header of its own: does this check still read them?"
  fi
  while read -r file other; do
    case $other in
      "" | "$own" | common | *.h) ;; # none; of the folder, of all, or beside the folders
      *) fault "${file%:} includes reconcilers/$other/: what two kinds need belongs to reconcilers/common/" ;;
    esac
  done <<<"$found"
done
[ "$kinds" -ge 2 ] || fault "reconcilers/ has $kinds kinds: does this check still find them?"

lines=$(wc -l <operator/run.cc)
[ "$lines" -le "$MOST_LINES" ] || fault "operator/run.cc has $lines lines, more than $MOST_LINES: it is wiring; give what grew a file of its own"

# Variables of the whole process: two runtimes in one would share them. Constants, types and functions may be static.
# A function's declaration has a parenthesis; so has no variable that is initialised as the style here has it.
static_state() { grep -rnE '^ *(inline +)?(static|thread_local) |^ *inline +static |^[a-z].* g_[a-z_]+' "$@" | grep -vE 'static (inline )?(const|constexpr) |const (Resource|Buckets)|\(|thread_local std::m' || true; }
canary=$(mktemp)
echo 'inline static std::string prefix;' >"$canary"
[ -n "$(static_state "$canary")" ] || fault "a variable of the whole process is not found where there is one"
rm -f "$canary"
found=$(static_state --include=*.h --include=*.cc kube)
[ -z "$found" ] || fault "kube/ has state of the whole process:
$found"

# Locks that clang can check (net/mutex.h). A parameter may be a std::unique_lock: a net::MutexLock is one.
plain_locks() {
  grep -rnE 'std::((shared_|recursive_|timed_)*mutex>? [a-z_]+;|lock_guard|scoped_lock|(unique|shared)_lock(<[^>]*>)? [a-z_]+[;({])' "$@" |
    grep -v '^net/mutex\.h:' || true
}
canary=$(mktemp)
printf '%s\n' 'mutable std::mutex mutex_;' 'std::shared_mutex mutex;' 'const std::lock_guard lock(mutex_);' 'std::unique_lock lock(mutex_);' \
  'std::unique_lock<std::mutex> lock(mutex_);' 'std::shared_lock lock{mutex_};' 'bool wait(std::unique_lock<std::mutex>& lock);' >"$canary"
[ "$(plain_locks "$canary" | wc -l)" -eq 6 ] || fault "a lock that clang cannot check is not found where there is one"
rm -f "$canary"
found=$(plain_locks --include=*.h --include=*.cc net kube cel oauth api reconcilers operator)
[ -z "$found" ] || fault "clang cannot check these locks: use net::Mutex, net::MutexLock and NET_GUARDED_BY (net/mutex.h):
$found"

[ -z "$failed" ] || die "the structure of the sources is not what docs/architecture.md says"
