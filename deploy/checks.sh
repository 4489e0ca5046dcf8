#!/usr/bin/env bash
# What a deployment must answer, one line a check; exit 1 if any differs. Usage: deploy/checks.sh [BACKEND [SANDBOX]]
# A server that is still starting gets WAIT seconds (default 30) to answer at all.
set -uo pipefail
backend="${1:-http://localhost:8000}"
sandbox="${2:-}"
failed=0

ask() { curl --silent --show-error --max-time 120 "$@"; }
# expect NAME PATTERN ANSWER
expect() {
  if grep --quiet --extended-regexp "$2" <<<"$3"; then echo "ok    $1"; else echo "WRONG $1: $3" | cut -c 1-300; failed=1; fi
}
send() { ask "$1" --header 'content-type: application/json' --data "$2" --write-out ' %{http_code}'; }
# Sleeps between two attempts only where nothing listens yet.
await() { curl --silent --output /dev/null --max-time 120 --retry "${WAIT:-30}" --retry-delay 1 --retry-connrefused "$1" || true; }

await "$backend/health"
[ -z "$sandbox" ] || await "$sandbox/health"
expect "the backend is healthy" '"status": ?"healthy"' "$(ask "$backend/health")"
expect "it can generate" '"status": ?"ready"' "$(ask "$backend/health/ready")"
expect "it judges code" '"is_safe": ?true.* 200$' "$(send "$backend/api/validate-code" '{"code": "def hello():\n    print(1)"}')"
expect "it generates tests that pass" '"passed": ?true.* 200$' \
  "$(send "$backend/api/generate-tests" '{"code": "def add(a, b):\n    return a + b\n", "options": {"llm": "none"}}')"
expect "it refuses unsafe code" 'unsafe operations: os.* 400$' "$(send "$backend/api/generate-tests" '{"code": "import os\n"}')"
expect "it refuses what does not parse" ' 422$' "$(send "$backend/api/generate-tests" '{"code": "def ("}')"
if [ -n "$sandbox" ]; then
  expect "the sandbox has a jail" '"backend": ?"(bubblewrap|landlock|podman|docker)"' "$(ask "$sandbox/health")"
  if [ -n "${TOKEN:-}" ]; then
    expect "it wants its token" ' 401$' "$(send "$sandbox/execute" '{"code": "", "tests": ""}')"
  fi
fi
exit "$failed"
