#!/usr/bin/env bash
# Ends what up.sh started, the demo too. Logins, accounts and data stay.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

if [ $# -gt 0 ]; then
    say "down: takes no options; it ends what up.sh started"
    exit 64
fi

# Agents first: what they have seen is still delivered.
for folder in data/run data/demo/run; do
    for pid_file in "$folder"/*.pid; do
        case "$pid_file" in
            *'*.pid' | */collector.pid | */upstream.pid) ;;
            *) stop "$pid_file" hostagent ;;
        esac
    done
    stop "$folder/collector.pid" collector
    stop "$folder/upstream.pid" demo.py
done
