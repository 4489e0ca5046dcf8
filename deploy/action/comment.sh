#!/usr/bin/env bash
# One comment on the pull request, edited in place: found by the mark in its first line. Needs GH_TOKEN, REPOSITORY, PULL_REQUEST, SUMMARY.
set -euo pipefail
mark='<!-- aitestgen-report -->'
[ -s "$SUMMARY" ] || exit 0
old="$(gh api --paginate "repos/$REPOSITORY/issues/$PULL_REQUEST/comments" --jq ".[] | select(.body | startswith(\"$mark\")) | .id" | head -n 1)"
if [ -n "$old" ]; then
  gh api --method PATCH "repos/$REPOSITORY/issues/comments/$old" --field "body=@$SUMMARY" --silent
else
  gh api --method POST "repos/$REPOSITORY/issues/$PULL_REQUEST/comments" --field "body=@$SUMMARY" --silent
fi
