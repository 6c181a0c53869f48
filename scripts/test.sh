#!/usr/bin/env bash
# Sets everything up, then runs the checks and all tests. Arguments go to pytest: scripts/test.sh -k login
# Most tests wait for real programs, so four at once are quick on two cores; one at a time: scripts/test.sh -n 0
set -euo pipefail
cd "$(dirname "$0")/.."

./scripts/setup.sh --dev
./scripts/check
exec .venv/bin/python -m pytest -n 4 --dist worksteal "$@"
