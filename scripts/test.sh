#!/usr/bin/env bash
# Sets everything up, then runs the checks and all tests. Arguments go to pytest: scripts/test.sh -k login
set -euo pipefail
cd "$(dirname "$0")/.."

./scripts/setup.sh --dev
./scripts/check
exec .venv/bin/python -m pytest "$@"
