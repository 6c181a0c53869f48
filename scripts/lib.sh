# Starting and ending background programs by their pid files; for up.sh and down.sh.

say() { echo "$*" >&2; }
fail() { say "up: $*"; exit 1; }

# is_running PIDFILE WORD: the process of that file lives, and its command line holds WORD (so it is not somebody else's).
is_running() {
    [ -s "$1" ] && ps -o command= -p "$(cat "$1")" 2>/dev/null | grep -q -- "$2"
}

# start PIDFILE LOGFILE COMMAND…: in the background, in a session of its own, until down.sh ends it.
start() {
    local pid_file=$1 log_file=$2
    shift 2
    mkdir -p "$(dirname "$pid_file")" "$(dirname "$log_file")"
    nohup "$@" >>"$log_file" 2>&1 </dev/null &
    echo $! >"$pid_file"
}

# stop PIDFILE WORD: ask it to end and wait. A codex in the middle of a token refresh may take most of a minute.
stop() {
    local waited=0
    if is_running "$1" "$2"; then
        kill -TERM "$(cat "$1")"
        while is_running "$1" "$2"; do
            sleep 0.1
            waited=$((waited + 1))
            if [ "$waited" = 50 ]; then say "down: waiting for $2 to finish…"; fi
            if [ "$waited" = 1200 ]; then say "down: $2 (process $(cat "$1")) does not end; look at it yourself"; return 1; fi
        done
    fi
    rm -f "$1"
}

# wait_for URL PIDFILE WORD LOGFILE: until the collector answers, or has given up.
wait_for() {
    local url=$1
    for _ in $(seq 100); do
        if .venv/bin/python - "$url" 2>/dev/null <<'PYTHON'
import sys
import urllib.request

urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1], timeout=2)
PYTHON
        then return; fi
        if ! is_running "$2" "$3"; then
            rm -f "$2"
            tail -n 3 "$4" >&2
            return 1
        fi
        sleep 0.1
    done
    return 1
}
