#!/usr/bin/env bash
# Brings everything up on this machine: the collector on loopback, and the agent of this host. Type it as often as you like.
#   scripts/up.sh [--port 8080]          your accounts (accounts.json), data in ./data
#   scripts/up.sh --demo [--port 8090]   pretend accounts read by the real codex from a pretend ChatGPT, data in ./data/demo
# scripts/down.sh ends it again.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

again="$0 $*"
is_demo=no port=
while [ $# -gt 0 ]; do
    case "$1" in
        --demo) is_demo=yes ;;
        --port) port=${2:-}; shift ;;
        --help) sed -n '2,5s/^# //p' "$0"; exit 0 ;;
        *) say "up: unknown option $1; there are --demo and --port N"; exit 64 ;;
    esac
    shift || { say "up: --port needs a number"; exit 64; }
done
if [ "$is_demo" = yes ]; then data=data/demo port=${port:-8090}; else data=data port=${port:-8080}; fi
case "$port" in *[!0-9]* | ??????*) say "up: --port needs a number, not $port"; exit 64 ;; esac
url=http://127.0.0.1:$port

./scripts/setup.sh
umask 077
mkdir -p "$data"
# The collector's own default for your accounts, so that `collector token …` finds it without a word.
export COLLECTOR_DATA_DIR=$PWD/$data
if [ "$is_demo" = yes ]; then COLLECTOR_DATA_DIR=$PWD/$data/collector; fi

with_port() { if [ "$is_demo" = yes ]; then echo "$0 --demo --port $1"; else echo "$0 --port $1"; fi; }

start_collector() {
    local pid_file=$data/run/collector.pid
    if is_running "$pid_file" collector; then
        if [ "$(cat "$data/run/port")" != "$port" ]; then
            fail "up: already running on port $(cat "$data/run/port"); to change it: ./scripts/down.sh, then $again"
        fi
        return
    fi
    start "$pid_file" "$data/log/collector.log" .venv/bin/collector serve --bind "127.0.0.1:$port"
    echo "$port" >"$data/run/port"
    wait_for "$pid_file" "$data/log/collector.log" "Listening on $url" ||
        fail "up: the collector did not start (see above). If port $port is taken, choose another: $(with_port $((port + 1)))"
}

# start_agent NAME CONFIG STATE_DIR: unless one is at work already, as a service or typed by hand too. It logs where
# `hostagent logs` looks.
start_agent() {
    local pid_file=$data/run/$1.pid log_file=$3/hostagent.log
    if is_running "$pid_file" hostagent || is_at_work "$2"; then return; fi
    start "$pid_file" "$log_file" .venv/bin/hostagent run --config "$2"
    wait_for "$pid_file" "$log_file" "accounts, every " || fail "up: the host agent did not start (see above)"
}

is_at_work() {
    case "$(.venv/bin/hostagent status --json --config "$1" 2>/dev/null)" in *'"running": true'*) true ;; *) false ;; esac
}

bring_up_demo() {
    local host folder
    if ! is_running data/demo/run/upstream.pid demo.py; then
        if [ -e data/demo/run/collector.pid ]; then ./scripts/down.sh; fi
        rm -rf data/demo
        mkdir -p data/demo
        start data/demo/run/upstream.pid data/demo/log/upstream.log .venv/bin/python scripts/demo.py data/demo "$url"
        say "up: making up a week of history"
        while [ ! -e data/demo/ready ]; do
            is_running data/demo/run/upstream.pid demo.py || { tail -n 5 data/demo/log/upstream.log >&2; fail "up: the demo did not start"; }
            sleep 0.1
        done
    fi
    COLLECTOR_DEMO=1 start_collector
    for host in $(cat data/demo/ready); do
        folder=data/demo/hosts/$host
        start_agent "$host" "$folder/hostagent.yaml" "$folder/data/hostagent"
    done
}

write_first_settings() {
    if [ -e hostagent.yaml ]; then return; fi
    cat >hostagent.yaml <<YAML
# Written by scripts/up.sh for a collector on this machine; hostagent.example.yaml explains every setting.
collector_url: $url
host: $(.venv/bin/python -c 'import socket; from hostagent.config import clean_host_name as clean; print(clean(socket.gethostname()))')
token_file: data/hostagent.token
YAML
}

# What hostagent.yaml says, where it is there already; it may send somewhere else than to this collector.
setting() { .venv/bin/python - "$1" <<'PYTHON'
import sys
from pathlib import Path

from hostagent.config import read_config
from hostagent.errors import ConfigError

try:
    print(getattr(read_config(Path("hostagent.yaml").absolute())[0], sys.argv[1]))
except ConfigError as error:
    sys.exit(f"{error}\nup: mend that and type the same again; an agent that runs already goes on as before")
PYTHON
}

join_collector() {
    local token_file target
    token_file=$(setting token_file)
    target=$(setting collector_url)
    if [ "$target" != "$url" ]; then
        say "up: hostagent.yaml sends to $target, not to this collector. To send here, set in it: collector_url: $url"
    elif [ ! -s "$token_file" ]; then
        .venv/bin/collector token create --kind agent --host "$(setting host)" >"$token_file"
    fi
}

bring_up_accounts() {
    start_collector
    write_first_settings
    if [ ! -e accounts.json ]; then
        say "up: no accounts yet. Name them and log each in, then type this again:"
        say "      cp accounts.example.json accounts.json     # then edit it: a label and an e-mail for each account"
        say "      .venv/bin/hostagent login LABEL            # for each account"
        say "      $again"
        return
    fi
    join_collector
    start_agent hostagent hostagent.yaml "$(setting state_dir)"
}

if [ "$is_demo" = yes ]; then bring_up_demo; else bring_up_accounts; fi
say "up: open this link (good once, for 10 minutes; type the same command for another):"
.venv/bin/collector signin-link --url "$url"
