#!/usr/bin/env bash
# flags.sh: asserts that the shipped binary is compiled with the checks of the tests. It reads the compiler's command lines of the
# preset "release", without a build, and those of earlier builds in build/release and build/dev.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../dev/lib/common.sh"

WORK=$(mktemp -d "${TMPDIR:-/tmp}/flags.XXXXXX")
remove_work() { rm -rf "$WORK"; }
at_exit remove_work
cmake -S "$PROJECT" --preset release -B "$WORK" >"$WORK/log" 2>&1 || { cat "$WORK/log" >&2; die "the preset release does not configure"; }
jq -r '.[].command' "$WORK/compile_commands.json" >"$WORK/commands"
COUNT=$(wc -l <"$WORK/commands")
[ "$COUNT" -gt 50 ] || die "release compiles $COUNT sources: those are not all"

FAULTS=0
fault() { echo "$*" >&2; FAULTS=$((FAULTS + 1)); }
for flag in -O2 -D_GLIBCXX_ASSERTIONS -D_FORTIFY_SOURCE=2 -fstack-protector-strong "-fPI[CE]"; do
  found=$(grep -cE -- "(^| )$flag( |$)" "$WORK/commands" || true)
  [ "$found" -eq "$COUNT" ] || fault "$flag: given to $found of $COUNT sources"
done
for flag in -DNDEBUG -fsanitize --coverage -Og -O0; do
  found=$(grep -E -- " $flag( |=|$)" "$WORK/commands" | sed 's/.* //' || true)
  [ -z "$found" ] || fault "$flag: given to ${found//$'\n'/, }"
done

# A binary with assert() in it calls this function where one does not hold.
for binary in "$PROJECT"/build/{dev,release}/bin/integration-operator; do
  [ -x "$binary" ] || continue
  nm --dynamic --undefined-only "$binary" | grep ' __assert_fail' >/dev/null || fault "$binary: assert() was compiled out"
done
[ "$FAULTS" -eq 0 ] || die "$FAULTS of the flags are not what they should be"
echo "$COUNT sources"
