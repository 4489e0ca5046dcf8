#!/bin/sh
# Build the guests' image for Docker or Podman. Usage: build-sandbox-image.sh [PYTHON] (default 3.11), ENGINE=podman to choose.
set -eu
cd "$(dirname "$0")/../.."
python="${1:-3.11}"
engine="${ENGINE:-}"
if [ -z "$engine" ]; then
  for engine in docker podman none; do command -v "$engine" >/dev/null 2>&1 && break; done
fi
[ "$engine" != none ] || { echo "build-sandbox-image: neither docker nor podman is installed" >&2; exit 2; }
case "$python" in 3.1[0-4]) ;; *) echo "build-sandbox-image: PYTHON is one of 3.10 to 3.14, not $python" >&2; exit 2 ;; esac
exec "$engine" build -f deploy/sandbox-guest/Containerfile -t localhost/aitestgen-guest:latest --build-arg "PYTHON=$python" .
