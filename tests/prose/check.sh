#!/usr/bin/env bash
# check.sh [--code]: sentences of the docs, the API, the chart and the scripts are plain English (CONTRIBUTING.md). With
# --code also the comments of C++ and the words of its messages. exceptions.txt lists sentences that may stay.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../dev/lib/common.sh"
cd "$PROJECT"

sentences() { xargs -d '\n' awk -v kind="$1" -f tests/prose/sentences.awk; } # the names of files come from standard input
ours() { git ls-files -co --exclude-standard -- "$@"; }

# finds KIND COUNT PARAGRAPH...: a check that finds nothing in this text would find nothing anywhere.
planted=$(mktemp "${TMPDIR:-/tmp}/iop-prose.XXXXXX")
remove_planted() { rm -f "$planted"; }
at_exit remove_planted
finds() {
  printf '%s\n\n' "${@:3}" >"$planted"
  [ "$(sentences "$1" <<<"$planted" | wc -l)" -eq "$2" ] || die "the check does not find what is planted: $(sentences "$1" <<<"$planted")"
}
# shellcheck disable=SC2016 # the backquotes are Markdown's
finds markdown 4 'Who verifies by a push has users.' 'It has not the key.' 'It says that that is so.' 'Done; nor does it fail.' \
  'Fix it.' 'Is it so? What now?' '`whatever that is that is code`'
finds cpp 2 '  // Who verifies by a push has users.' '/// It has not the key.' 'tell(key);  // It tells more.' '// Fix it.'
finds strings 1 'log("The key tells them apart");' 'log("Who verifies by a push has users.");' '// It tells more.'

prose() {
  ours '*.md' '*.gotmpl' '*NOTES.txt' ':!CHANGELOG.md' ':!charts/*/README.md' | sentences markdown
  ours Dockerfile '*.yaml' '*.tpl' ':!charts/*/templates/crd-*' ':!deploy' ':!tests' ':!*testdata*' ':!*/health_test.yaml' | sentences yaml
  ours dev tests/*/*.sh image | xargs -d '\n' grep -lE '^(#!.*\bbash|# shellcheck shell=bash)' | sentences shell
}
code() {
  ours '*.h' '*.cc' | sentences cpp
  ours '*.cc' ':!tests' | sentences strings
}

found=$(prose; [ "${1:-}" != --code ] || code)
while IFS='|' read -r file fragment reason; do
  [ -n "$reason" ] || die "exceptions.txt: \"$file|$fragment\" needs a reason: FILE|PART OF THE SENTENCE|REASON"
  grep -F "$file:" <<<"$found" | grep -F "$fragment" >/dev/null || die "exceptions.txt: nothing is found at \"$file|$fragment\": remove the line"
  found=$(awk -v file="$file:" -v fragment="$fragment" 'index($0, file) != 1 || !index($0, fragment)' <<<"$found")
done < <(grep -v '^#' tests/prose/exceptions.txt)
[ -z "$found" ] || { echo "$found"; die "rewrite these sentences (CONTRIBUTING.md), or list them with a reason in tests/prose/exceptions.txt"; }
