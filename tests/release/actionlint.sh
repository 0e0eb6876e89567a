#!/usr/bin/env bash
# actionlint.sh: the workflows of .github, by actionlint, which also gives their scripts to shellcheck.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../dev/lib/common.sh"
cd "$PROJECT"
go run "github.com/rhysd/actionlint/cmd/actionlint@v$ACTIONLINT_VERSION" .github/workflows/*.yaml
