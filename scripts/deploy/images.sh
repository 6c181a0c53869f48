#!/usr/bin/env bash
# Builds both images without a Docker, by Debian's buildah on a base made by debootstrap, and runs them as compose.yaml
# does: as their own user, on a file system that cannot be written. Needs root, Debian and some minutes; prints what it
# saw. Leaves nothing behind.
#   apt-get install --no-install-recommends buildah debootstrap && scripts/deploy/images.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp --directory)
say() { echo "images: $*" >&2; }
build() { buildah --root "$work/store" --runroot "$work/run" --storage-driver vfs "$@"; }
clean() {
    if [ -s "$work/pid" ]; then kill "$(cat "$work/pid")" 2>/dev/null || true; fi
    build umount --all >/dev/null 2>&1 || true
    build rm --all >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap clean EXIT

# A Debian that trusts whom this machine trusts.
make_debian() {
    say "making a Debian"
    debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv \
        "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$work/base" >"$work/log" || { tail -n 5 "$work/log" >&2; exit 1; }
    cp /etc/ssl/certs/ca-certificates.crt "$work/base/etc/ssl/certs/ca-certificates.crt"
    printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' >"$work/base/etc/pip.conf"
    printf 'FROM scratch\nCOPY . /\nENV PATH=/usr/sbin:/usr/bin NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt\n' >"$work/Dockerfile"
}

# make_base NAME: an image of it as it stands.
make_base() {
    say "keeping it as the base $1"
    build bud --isolation chroot --tag "$1" --file "$work/Dockerfile" "$work/base" >"$work/log" 2>&1
}

# make_image NAME FILE ARGUMENTS…
make_image() {
    say "building $1 from $2"
    build bud --isolation chroot --pull-never --format docker --layers=false --tag "$1" --file "$2" "${@:3}" . >"$work/log" 2>&1 ||
        { tail -n 15 "$work/log" >&2; exit 1; }
}

# run_image NAME WRITABLE COMMAND…: as the image's user, with nothing to write but WRITABLE and /tmp.
run_image() {
    local user root container
    user=$(build inspect --type image --format '{{.OCIv1.Config.User}}' "$1")
    container=$(build from --pull-never "$1")
    root=$(build mount "$container")
    mkdir -p "$work/data" && chown "$user" "$work/data" && chmod 700 "$work/data"
    exec unshare --mount sh -c '
        mount --bind "$1" "$1" && mount --bind "$2" "$1$3" && mount -t tmpfs tmpfs "$1/tmp" && mount -t proc proc "$1/proc" &&
        mount --bind /dev "$1/dev" && mount -o remount,bind,ro "$1"
        root=$1 user=$4 folder=$3; shift 4
        exec chroot --userspec="$user" "$root" env -i PATH=/opt/fleet/bin:/opt/codex/node_modules/.bin:/usr/bin HOME=/tmp \
            PYTHONDONTWRITEBYTECODE=1 COLLECTOR_DATA_DIR=/data COLLECTOR_PUBLIC_URL=https://fleet.example.com PORT=18090 \
            sh -c "cd $folder && exec \"\$@\"" sh "$@"' sh "$root" "$work/data" "$2" "$user" "${@:3}"
}

size_of() { du --summarize --block-size=1M "$(build mount "$(build from --pull-never "$1")")/opt" | cut -f1; }

make_debian
make_base python
chroot "$work/base" apt-get install --yes --no-install-recommends nodejs npm >"$work/log" 2>&1
make_base node
rm -rf "$work/base"

make_image collector deploy/Dockerfile --build-arg BASE=localhost/python
echo "collector: user $(build inspect --type image --format '{{.OCIv1.Config.User}}' collector), $(size_of collector) MiB beside the base"
command=$(build inspect --type image --format '{{index .OCIv1.Config.Cmd 2}}' collector)
run_image collector /data sh -c "$command" 2>"$work/collector.log" >&2 &
echo $! >"$work/pid"
for _ in $(seq 100); do
    if curl --silent --fail http://127.0.0.1:18090/healthz >"$work/healthz"; then break; fi
    sleep 0.2
done
echo "collector: GET /healthz: $(cat "$work/healthz")"
echo "collector: runs as $(ps -o uid= -o args= -C gunicorn,python3 | grep 'collector.wsgi' | head -n 1 | cut -c1-60)"
echo "collector: its own health check: $(run_image collector /data python3 -c "$(build inspect --type image --format '{{index .Docker.Config.Healthcheck.Test 3}}' collector)" && echo healthy)"
echo "collector: a token: $(run_image collector /data collector token create --kind agent --host h | cut -c1-18)…"
echo "collector: writing elsewhere: $(run_image collector /data touch /opt/fleet/x 2>&1 || true)"
kill "$(cat "$work/pid")" && wait "$(cat "$work/pid")" || true
if curl --silent http://127.0.0.1:18090/healthz; then echo "collector: does not end by SIGTERM" >&2; exit 1; fi
echo "collector: ended by SIGTERM"
: >"$work/pid"

rm -rf "$work/data"
make_image agent deploy/Dockerfile.agent --build-arg BASE=localhost/python --build-arg NODE=localhost/node
echo "agent: user $(build inspect --type image --format '{{.OCIv1.Config.User}}' agent), $(size_of agent) MiB beside the base"
echo "agent: $(run_image agent /fleet hostagent --version)"
echo "agent: codex in there: $(run_image agent /fleet python3 -c 'from hostagent.codex_program import *; from pathlib import Path; print(read_version(find_codex(None), Path("/tmp")))')"
echo "agent: without settings: $(run_image agent /fleet hostagent run 2>&1 || true)"
