# Starting and ending background programs by their pid files; for up.sh and down.sh.

say() { echo "$*" >&2; }
fail() { say "$*"; exit 1; }

# is_running PIDFILE WORD: the process of that file lives, and its command line holds WORD (so it is not somebody else's).
is_running() {
    # No pipe to grep -q: it leaves at the first match, and with pipefail ps, cut off, would make that a failure. And -ww:
    # with COLUMNS in the environment ps would leave out what stands beyond.
    [ -s "$1" ] && case "$(ps -ww -o command= -p "$(cat "$1")" 2>/dev/null)" in *"$2"*) true ;; *) false ;; esac
}

# start PIDFILE LOGFILE COMMAND…: in the background, until down.sh ends it. The log of the last time becomes LOGFILE.1.
start() {
    local pid_file=$1 log_file=$2
    shift 2
    mkdir -p "$(dirname "$pid_file")" "$(dirname "$log_file")"
    if [ -e "$log_file" ]; then mv -f "$log_file" "$log_file.1"; fi
    nohup "$@" >"$log_file" 2>&1 </dev/null &
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

# wait_for PIDFILE LOGFILE TEXT: until the program that was just started has said TEXT, or has ended. Its command line
# tells nothing yet: while it becomes another program it has none.
wait_for() {
    local pid
    pid=$(cat "$1")
    for _ in $(seq 300); do
        if grep -q -- "$3" "$2"; then return; fi
        if ! kill -0 "$pid" 2>/dev/null; then break; fi
        sleep 0.1
    done
    tail -n 3 "$2" >&2
    kill -0 "$pid" 2>/dev/null || rm -f "$1"
    return 1
}
