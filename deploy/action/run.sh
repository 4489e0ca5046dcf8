#!/usr/bin/env bash
# What the Action does. Inputs come as variables, never pasted into a script: MODE, PATHS, BASE, BUDGET, SEED, EXTRA_PYTHON, OUTPUT.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
work="${RUNNER_TEMP:-$(mktemp -d)}/aitestgen"
mkdir -p "$work"
: >"$work/summary.md"

targets=()
if [ -n "${BASE:-}" ]; then
  # shellcheck disable=SC2086  # PATHS is a list of folders, separated by blanks
  changed="$(python3 "$here/changed.py" "$BASE" ${PATHS:-.})"
  while IFS= read -r target; do [ -z "$target" ] || targets+=("$target"); done <<<"$changed"
else
  read -r -a targets <<<"${PATHS:-.}"
fi

status=0
if [ "${#targets[@]}" = 0 ]; then
  echo "Nothing to test has changed."
elif [ "$MODE" = check ]; then
  files="$(printf '%s\n' "${targets[@]%%::*}" | sort -u)"
  while IFS= read -r file; do aitestgen check "$file" || status=$?; done <<<"$files"
else
  options=(--budget "${BUDGET:-10}" --seed "${SEED:-1}" --report "$work/report.json" --update)
  [ -z "${OUTPUT:-}" ] || options+=(--output "$OUTPUT")
  [ -z "${EXTRA_PYTHON:-}" ] || options+=(--python "$EXTRA_PYTHON")
  aitestgen generate "${targets[@]}" "${options[@]}" || status=$?
  # Nothing to test in what was given is no failure of a pull request.
  [ "$status" != 5 ] || status=0
fi
[ "$MODE" = check ] || python3 "$here/report.py" "$work/report.json" "$work/summary.md" ${BASE:+"$BASE"}
cat "$work/summary.md" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
{ echo "exit-code=$status"; echo "report=$work/report.json"; echo "summary=$work/summary.md"; } >>"${GITHUB_OUTPUT:-/dev/null}"
exit "$status"
