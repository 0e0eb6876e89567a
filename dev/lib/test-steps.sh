# The steps of dev/test, and how they are counted. Source it.
# shellcheck shell=bash

PASSED=0 FAILED=0 FAILED_NAMES=() NOT_RUN=()
WORK=$(mktemp -d "${TMPDIR:-/tmp}/iop-test.XXXXXX")
export TMPDIR=$WORK # so that the leftovers of a crashed test are found and removed
at_exit clean_up

# It also ends control planes and clusters that a crashed test left running.
clean_up() {
  local run kind
  for run in "$WORK"/*/run "$WORK"/*/*/run; do
    [ -d "$run" ] || continue
    kind=control-plane
    [ ! -e "$run/node.pid" ] || kind=cluster
    "$PROJECT/dev/$kind/down.sh" "${run%/run}" --purge
  done
  rm -rf "$WORK"
}

# side_by_side LANE...: at the same time, since tests on real parts wait most of the time. A lane is a list of steps, each on a
# control plane of its own (`node`: on a cluster). Their counts are added up.
side_by_side() {
  local lane groups=() counts
  set -m # a process group each, so that a Ctrl-C ends all of it
  for lane; do
    in_a_lane "$lane" &
    groups+=($!)
  done
  set +m
  RUNNING=("${groups[@]}")
  for lane in "${groups[@]}"; do wait "$lane" || true; done
  RUNNING=()
  for lane; do
    { mapfile -t counts <"$WORK/$lane.counts"; } 2>/dev/null || counts=(0 1 "$lane: it did not get to its end")
    PASSED=$((PASSED + counts[0])) FAILED=$((FAILED + counts[1])) FAILED_NAMES+=("${counts[@]:2}")
    [ ! -f "$WORK/$lane.not-run" ] || mapfile -t -O ${#NOT_RUN[@]} NOT_RUN <"$WORK/$lane.not-run"
  done
}
in_a_lane() {
  set +m
  # shellcheck disable=SC2034 # common.sh uses them
  AT_EXIT=() RUNNING=() PASSED=0 FAILED=0 FAILED_NAMES=() NOT_RUN=()
  at_exit :
  local steps
  for steps in $1; do
    case $steps in
      node) node_steps ;;
      *) on_a_control_plane "$steps" ;;
    esac
  done
  [ ${#NOT_RUN[@]} -eq 0 ] || printf '%s\n' "${NOT_RUN[@]}" >"$WORK/$1.not-run"
  printf '%s\n' "$PASSED" "$FAILED" "${FAILED_NAMES[@]}" >"$WORK/$1.counts"
}

# step NAME COMMAND...: one test that is no GoogleTest.
step() {
  local began=$SECONDS
  attempt "$@"
  outcome "$1" "$STATUS" "$((SECONDS - began))" 1 0
}

# outcome NAME STATUS SECONDS TESTS FAILURES: counts them; a step that failed without a count of its own failed once.
outcome() {
  local name=$1 ended=$2 took=$3 tests=$4 failures=$5
  [ "$ended" -eq 0 ] || [ "$failures" -gt 0 ] || failures=1
  [ "$tests" -ge "$failures" ] || tests=$failures
  PASSED=$((PASSED + tests - failures)) FAILED=$((FAILED + failures))
  if [ "$failures" -eq 0 ]; then
    say "  ✓ $name ($((tests - failures)) passed, ${took} s)"
  else
    FAILED_NAMES+=("$name")
    without_passed "$(log_of "$name")" | tail -n 60 >&2
    say "  ✗ $name ($failures failed, ${took} s); the whole log is $(log_of "$name")"
  fi
}

# without_passed LOG: without the lines of GoogleTest's tests that passed. A test that began and did not end stays: it crashed or hung.
without_passed() {
  awk '/^\[ RUN / { began = $0; next }
    /^\[ +OK / { began = ""; next }
    /: Failure|^\[  FAILED/ { if (began) print began; began = "" }
    { print }
    END { if (began) print began }' "$1"
}

lint_text() {
  step "shellcheck" lint_shell
  step "clang-format" lint_format
  step "plain English" "$PROJECT/tests/prose/check.sh" --code
  step "the structure of the sources" "$PROJECT/tests/structure/check.sh"
  step "kube: the README, and no word of the operator" "$PROJECT/tests/package/check.sh"
  step "alert rules and dashboard" "$PROJECT/tests/observability/run.sh"
  step "workflows of CI" "$PROJECT/tests/release/actionlint.sh"
  step "one version everywhere" "$PROJECT/tests/release/check.sh"
  step "the flags of what ships" "$PROJECT/tests/release/flags.sh"
  "$PROJECT/dev/lib/helm-build.sh"
  step "the chart" "$PROJECT/tests/chart/run.sh"
}

our_files() { (cd "$PROJECT" && find . \( -name build -o -name node_modules -o -name .git \) -prune -o -type f "$@" -print); }

lint_shell() {
  cd "$PROJECT" || return
  local scripts
  mapfile -t scripts < <(our_files | xargs grep -lE '^(#!.*\bbash|# shellcheck shell=bash)' --)
  shellcheck -x -P "$PROJECT" "${scripts[@]}"
  # grep -q ends at the first match. The command before it then dies of SIGPIPE now and then, and with pipefail the pipe fails.
  if grep -nE '[^|][|] *grep [^|]*-[a-zA-Z]*q' "${scripts[@]}"; then die "write grep ... >/dev/null at the end of a pipe"; fi
}

lint_format() {
  cd "$PROJECT" || return
  our_files \( -name '*.h' -o -name '*.cc' \) | xargs clang-format --dry-run -Werror
}

# build PRESET TARGETS [CMAKE-ARGUMENT...]: the later steps need it, so a failure ends the whole run.
build() {
  local preset=$1 targets; shift
  read -ra targets <<<"$1"; shift
  step "configuring $preset" cmake -S "$PROJECT" --preset "$preset" "$@"
  [ "$STATUS" -eq 0 ] || summary
  step "building $preset: ${targets[*]}" cmake --build "$PROJECT/build/$preset" --target "${targets[@]}"
  [ "$STATUS" -eq 0 ] || summary
}

# test_binaries PRESET PATTERN: runs each GoogleTest binary of that name.
test_binaries() {
  local binary found=
  for binary in "$PROJECT/build/$1/bin/"$2; do
    [ -x "$binary" ] || continue
    found=yes
    gtest_binary "$1: ${binary##*/}" "$binary"
  done
  [ -n "$found" ] || step "$1: finding $2" false
}

# A test that hangs fails, with its name as the last line of the log, long before CI gives up on the whole run.
TIME_LIMIT=900
gtest_binary() { # NAME BINARY
  local report=$WORK/${1//[^a-zA-Z0-9]/-}.json began=$SECONDS counts=(1 1) limit=$((TIME_LIMIT + ${SOAK_SECONDS:-0}))
  rm -f "$report"
  attempt "$1" timeout --kill-after=20 "$limit" "$2" --gtest_output="json:$report"
  # A binary that crashes leaves no report, and counts as one failure.
  [ ! -s "$report" ] || mapfile -t counts < <(jq '.tests - .disabled, .failures' "$report")
  outcome "$1" "$STATUS" "$((SECONDS - began))" "${counts[0]}" "${counts[1]}"
  [ "$STATUS" -ne 124 ] || say "  it was ended after $limit s: the last test above hung"
}

# The unit tests by another compiler, which also holds each lock to what its members say of it (net/mutex.h).
clang_units() {
  if ! command -v clang++ >/dev/null; then
    NOT_RUN+=("the unit tests by clang, because clang++ is not installed")
    return
  fi
  step "clang refuses an access without its lock" unguarded_access
  build clang unit_tests
  test_binaries clang '*_test'
}
unguarded_access() {
  local fault
  for fault in 0 1 2 3 4; do
    if clang++ -std=c++20 -I "$PROJECT" -fsyntax-only -Wthread-safety -Werror -DFAULT="$fault" "$PROJECT/tests/unit/net/unguarded.cc"; then
      [ "$fault" -eq 0 ] || die "clang takes fault $fault of tests/unit/net/unguarded.cc"
    else
      [ "$fault" -ne 0 ] || die "clang refuses tests/unit/net/unguarded.cc without a fault"
    fi
  done
}

# On the next Debian: its compiler is another one, and its libraries are newer.
debian13_units() {
  local reason began=$SECONDS counts=(0 0)
  if ! reason=$("$PROJECT/dev/lib/debian13.sh" --can-run); then
    NOT_RUN+=("the unit tests on Debian 13, because $reason")
    return
  fi
  attempt "the unit tests on Debian 13" "$PROJECT/dev/lib/debian13.sh" "$WORK/debian13"
  # Where a binary was not built or crashed it has no report, and that counts as one failure.
  ! compgen -G "$WORK/debian13/*.json" >/dev/null ||
    mapfile -t counts < <(jq -s 'map(.tests - .disabled) + [0] | add' "$WORK"/debian13/*.json
      jq -s 'map(.failures) + [0] | add' "$WORK"/debian13/*.json)
  outcome "the unit tests on Debian 13" "$STATUS" "$((SECONDS - began))" "${counts[@]}"
}

fuzz_all() {
  local target
  build fuzz fuzzers
  for target in "$PROJECT"/tests/fuzz/corpus/*/; do
    target=$(basename "$target")
    step "fuzz: $target" "$PROJECT/dev/fuzz" --seconds 15 "$target"
  done
}

# go_tests NAME FOLDER: the Go tests of the module there; each, and each subtest, counts as one.
go_tests() {
  local began=$SECONDS counts
  attempt "$1" go_test "$PROJECT/$2"
  mapfile -t counts < <(awk '/^ *--- (PASS|FAIL)/ { tests++ } /^ *--- FAIL/ { failures++ }
    END { print tests + 0; print failures + 0 }' "$(log_of "$1")")
  outcome "$1" "$STATUS" "$((SECONDS - began))" "${counts[@]}"
}
# Without Go's cache of results, which knows nothing of files outside of the module. CGO_ENABLED as for what shares the
# build cache with it.
go_test() {
  # shellcheck source=dev/lib/go.sh
  . "$PROJECT/dev/lib/go.sh"
  ensure_go
  cd "$1" || return
  GOFLAGS=-mod=readonly CGO_ENABLED=0 go test -v -count=1 ./...
}

set_up_integration() {
  "$PROJECT/dev/lib/control-plane-build.sh"
  "$PROJECT/dev/lib/provider-install.sh"
  "$PROJECT/dev/lib/flux-build.sh"
  "$PROJECT/dev/lib/servers-install.sh"
  "$PROJECT/dev/lib/helm-build.sh"
  # The table of the fault tests, to which each binary adds its rows.
  export FAULT_REPORT=$LOGS/faults.md
  rm -f "$FAULT_REPORT"
}

# on_a_control_plane STEPS: the function STEPS_steps, with a control plane for the tests that it runs one after another.
on_a_control_plane() {
  export CONTROL_PLANE_DIR=$WORK/$1
  quietly "starting a control plane: $1" "$PROJECT/dev/control-plane/up.sh" "$CONTROL_PLANE_DIR"
  "${1}_steps"
  quietly "ending a control plane: $1" "$PROJECT/dev/control-plane/down.sh" "$CONTROL_PLANE_DIR" --purge
}

itest() { gtest_binary "${1#faults/}" "$PROJECT/build/dev/bin/$1_itest"; }

# Tests that measure speed have the machine for themselves.
timing_steps() {
  local name
  itest scale
  itest rotation
  itest faults/leader
  itest faults/shutdown
  for name in $TIMED_TENANTS; do itest "tenants/$name"; done
}
# The attacks by tenants whose tests measure how long others wait.
TIMED_TENANTS='noisy_secret probes'

integration_steps() {
  step "kube: the installed package" "$PROJECT/tests/package/build.sh" "$PROJECT/build/dev" "$PROJECT/build/package"
  step "kube: the example on a real API server" "$PROJECT/tests/package/motd.sh" "$PROJECT/build/package/motd/motd"
  local name
  for name in crds kubectl journey providers secrecy truth metrics command_line verify servers liars transport; do
    itest "$name"
  done
  itest faults/credentials
}

# The tools that people install and watch the operator with.
delivery_steps() {
  go_tests "gitops: kstatus and Argo CD over the recorded states" tests/gitops
  itest flux
  itest chart
  step "alert rules and dashboard on a real operator" \
    "$PROJECT/tests/observability/live.sh" "$PROJECT/build/dev/bin/integration-operator"
}

faults_of_the_api_server_steps() {
  local name
  for name in restarts watches writes silence soak; do itest "faults/$name"; done
}

# Attacks of one tenant on the others, in the order of the file names.
tenants_steps() {
  local name
  for name in "$PROJECT"/build/dev/bin/tenants/*_itest; do
    name=$(basename "${name%_itest}")
    [[ " $TIMED_TENANTS " == *" $name "* ]] || itest "tenants/$name"
  done
}

# 100 times SIGTERM under load for each build with sanitizers, which find leaks and races. The plain build, whose time counts,
# is among the timed tests.
faults_of_the_operator_steps() {
  ended_by_sigterm AddressSanitizer asan-ubsan
  ended_by_sigterm ThreadSanitizer tsan
}
ended_by_sigterm() { # NAME PRESET
  export OPERATOR_BUILD=$1 OPERATOR_BINARY=$PROJECT/build/$2/bin/integration-operator
  gtest_binary "shutdown, $1" "$PROJECT/build/dev/bin/faults/shutdown_itest"
  unset OPERATOR_BUILD OPERATOR_BINARY
}

# Two pages show the table of a run. Their faults and attacks must be those of this run; numbers differ from run to run.
faults_of_the_docs() {
  faults_in() { cat "$@" | awk -F ' *[|] *' '/^[|]/ && $3 ~ /^[0-9]+$/ { print $2 }' | sort; }
  diff <(faults_in "$PROJECT/kube/README.md" "$PROJECT/docs/tenants.md") <(faults_in "$FAULT_REPORT")
}

# Fails, and says why, if this machine can test neither image nor node.
may_run_a_node() {
  [ "$(id -u)" -ne 0 ] || return 0
  NOT_RUN+=("the image and the tests on a real node, because they must be run by root")
  return 1
}
set_up_node() {
  "$PROJECT/dev/lib/packages.sh" node
  step "building the image" "$PROJECT/dev/image"
  "$PROJECT/dev/lib/control-plane-build.sh" --node
  "$PROJECT/dev/lib/helm-build.sh"
}

# The tests on a real node, if this machine can run one.
node_steps() {
  local reason provider name
  step "the image" "$PROJECT/tests/image/check.sh"
  export CLUSTER_DIR=$WORK/node
  if ! reason=$("$PROJECT/dev/cluster/can-run.sh" "$CLUSTER_DIR"); then
    NOT_RUN+=("the tests on a real node, because $reason")
    return
  fi
  provider=$("$PROJECT/dev/provider/image.sh")
  quietly "starting a cluster with a node" "$PROJECT/dev/cluster/up.sh" "$CLUSTER_DIR"
  quietly "loading images" "$PROJECT/dev/cluster/load-image.sh" "$CLUSTER_DIR" "$PROJECT/build/image/image.tar" "$provider"
  for name in availability rights upgrade; do gtest_binary "on a node: $name" "$PROJECT/build/dev/bin/e2e/${name}_e2e"; done
  quietly "ending the cluster with a node" "$PROJECT/dev/cluster/down.sh" "$CLUSTER_DIR" --purge
}

soak_steps() { itest faults/soak; }

summary() {
  [ ! -s "${FAULT_REPORT:-}" ] || cat "$FAULT_REPORT"
  [ ${#NOT_RUN[@]} -eq 0 ] || printf 'not run here: %s\n' "${NOT_RUN[@]}"
  [ ${#FAILED_NAMES[@]} -eq 0 ] || printf 'failed: %s\n' "${FAILED_NAMES[@]}"
  # With REQUIRE_ALL, a step that cannot run is a failure.
  [ -z "${REQUIRE_ALL:-}" ] || FAILED=$((FAILED + ${#NOT_RUN[@]}))
  echo "$PASSED passed, $FAILED failed"
  [ "$FAILED" -eq 0 ] || exit 1
  exit 0
}
