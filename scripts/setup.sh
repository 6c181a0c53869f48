#!/usr/bin/env bash
# Makes .venv with both programs, and finds or installs codex. Run again it only looks whether anything changed.
#   scripts/setup.sh          what up.sh needs
#   scripts/setup.sh --dev    and what the checks and tests need: the pinned codex, Chromium, PostgreSQL, systemd-analyze,
#                               Caddy and nginx
set -euo pipefail
cd "$(dirname "$0")/.."

is_dev=no
case "${1:-}" in
    "") ;;
    --dev) is_dev=yes ;;
    *) echo "setup: unknown option $1; there is only --dev" >&2; exit 64 ;;
esac

say() { echo "setup: $*" >&2; }
fail() { say "$*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
        if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    fail "needs Python 3.11 or newer. Install it (Debian: apt install python3 python3-venv; macOS: brew install python)" \
        "and type the same again, or name one: PYTHON=/path/to/python3 $0"
}

install_with_uv() {
    uv venv --quiet --clear --python "$python" .venv
    uv pip install --quiet --python .venv/bin/python --require-hashes --requirements "$requirements"
}

install_with_pip() {
    "$python" -m venv --clear .venv ||
        fail "this Python cannot make a virtual environment (Debian: apt install python3-venv); then type the same again"
    .venv/bin/python -m pip --quiet --quiet --disable-pip-version-check install --require-hashes --requirement "$requirements"
}

install_programs() {
    if has uv; then
        uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
    else
        .venv/bin/python -m pip --quiet --quiet --disable-pip-version-check install --no-deps --no-build-isolation --editable .
    fi
}

# once STAMP FINGERPRINT COMMAND…: run it unless the same was done before. The stamp is written last, so that a
# broken-off set-up is made again.
once() {
    local stamp=.venv/.$1 fingerprint=$2
    shift 2
    if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$fingerprint" ]; then return; fi
    "$@"
    echo "$fingerprint" >"$stamp"
}

make_venv() {
    local python requirements=requirements.txt
    python=$(find_python)
    # A set-up for development holds everything that a plain one does, so a plain one never takes it apart.
    if [ "$is_dev" = yes ] || [ -e .venv/.is-dev ]; then requirements=requirements-dev.txt; fi
    once packages "$({ cat "$requirements"; "$python" --version; pwd; } | cksum)" install_packages
    once programs "$(cksum <pyproject.toml)" install_programs
}

install_packages() {
    say "making .venv from $requirements with $("$python" --version)"
    if has uv; then install_with_uv; else install_with_pip; fi
    if [ "$requirements" = requirements-dev.txt ]; then touch .venv/.is-dev; fi
}

codex_versions() { grep -v '^#' scripts/codex-versions; }

codex_launcher() { echo ".cache/codex/$1/node_modules/.bin/codex"; }

install_codex() {
    local version=$1
    if [ -x "$(codex_launcher "$version")" ]; then return; fi
    if ! has npm; then
        say "codex is missing, and npm to fetch it. Install Node.js 18 or newer (Debian: apt install npm; macOS: brew install node)"
        fail "and type the same again, or install codex yourself: https://developers.openai.com/codex"
    fi
    say "installing codex $version into .cache/codex"
    npm install --loglevel=error --no-fund --no-audit --no-update-notifier --prefix ".cache/codex/$version" "@openai/codex@$version" >/dev/null ||
        fail "npm could not install codex (see above); mend that and type the same again"
}

# hostagent looks on PATH first, then beside its own Python: the link is what it finds there.
provide_codex() {
    local pinned version
    pinned=$(codex_versions | head -n 1)
    if [ "$is_dev" = yes ]; then
        for version in $(codex_versions); do install_codex "$version"; done
    elif ! has codex; then
        install_codex "$pinned"
    else
        return
    fi
    ln -sfn "../../$(codex_launcher "$pinned")" .venv/bin/codex
}

# Here it only looks at units; a machine without systemd goes on without.
install_systemd() {
    if has systemd-analyze || [ "$(id -u)" != 0 ] || ! has apt-get; then return; fi
    say "installing Debian's systemd, whose systemd-analyze looks at the units"
    apt_install systemd
}

# Debian's, for the files of deploy/. Debian starts each of them as a service, which nobody has asked for.
install_proxies() {
    local proxy
    if [ "$(id -u)" != 0 ] || ! has apt-get; then return; fi
    for proxy in caddy nginx; do
        if has "$proxy"; then continue; fi
        say "installing Debian's $proxy"
        apt_install "$proxy"
        if [ -d /run/systemd/system ]; then systemctl disable --quiet --now "$proxy"; fi
    done
}

apt_install() {
    { apt-get update && apt-get install --yes --no-install-recommends "$@"; } >.cache/apt.log 2>&1 ||
        { tail -n 5 .cache/apt.log >&2; fail "apt-get could not install $1; .cache/apt.log says more"; }
}

install_chromium() {
    if has chromium || .venv/bin/python - <<'PYTHON'
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    sys.exit(not Path(playwright.chromium.executable_path).exists())
PYTHON
    then return; fi
    if [ "$(id -u)" = 0 ] && has apt-get; then
        say "installing Debian's chromium"
        apt_install chromium fonts-noto-cjk
    else
        say "installing Playwright's chromium"
        .venv/bin/python -m playwright install chromium ||
            fail "no Chromium. Install one (Debian: apt install chromium) and type the same again"
    fi
}

mkdir -p .cache
make_venv
provide_codex
if [ "$is_dev" = yes ]; then
    install_chromium
    install_systemd
    install_proxies
fi
