#!/bin/sh
# Runs the official Python SDK of Genesys Cloud against the sandbox, unmodified: first tests of what clients do, then every
# method whose operation the spec has.
#
# Needs Python 3.10 or newer with venv, and a package index or a filled cache of pip. Where these are missing, it says so
# and succeeds: nobody needs Python to work on rosterkit. Everything it makes lies under target/interop.
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
work=${CARGO_TARGET_DIR:-$root/target}/interop
python=${PYTHON:-python3}
cargo=${CARGO:-cargo}

skip() {
    echo "interop: skipped: $1"
    exit 0
}

command -v "$python" >/dev/null 2>&1 || skip "there is no $python; set PYTHON to a Python 3.10 or newer"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || skip "$python is older than 3.10, which the SDK needs"
"$python" -c 'import ensurepip, venv' 2>/dev/null || skip "$python has no venv or no ensurepip; install its venv package"

mkdir -p "$work/home" || exit 1
# A marker written last tells a complete environment from one whose installation was broken off.
if ! cmp -s "$here/requirements.txt" "$work/installed.txt"; then
    rm -rf "$work/venv" "$work/installed.txt"
    "$python" -m venv "$work/venv" || skip "$python cannot make a virtual environment"
    if ! "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        --requirement "$here/requirements.txt" >"$work/pip.log" 2>&1; then
        # A package that is there but is not the one we know is no reason to skip.
        if grep -q 'DO NOT MATCH' "$work/pip.log"; then
            cat "$work/pip.log"
            exit 1
        fi
        tail -n 3 "$work/pip.log"
        skip "the SDK could not be installed; is a package index within reach?"
    fi
    cp "$here/requirements.txt" "$work/installed.txt" || exit 1
fi

# Programs that are built already can be named, for those who build them elsewhere.
if [ -z "${ROSTERKIT_SANDBOX:-}" ] || [ -z "${ROSTERKIT:-}" ]; then
    "$cargo" build --locked --quiet --manifest-path "$root/Cargo.toml" --package rosterkit-sandbox --package rosterkit-cli \
        --bin rosterkit-sandbox --bin rosterkit || exit 1
fi
built=${CARGO_TARGET_DIR:-$root/target}/debug

# The SDK watches the folder of its configuration below HOME: an empty one is quicker and holds nobody's settings.
export HOME="$work/home" PYTHONDONTWRITEBYTECODE=1
export ROSTERKIT_SANDBOX="${ROSTERKIT_SANDBOX:-$built/rosterkit-sandbox}" ROSTERKIT="${ROSTERKIT:-$built/rosterkit}"

failed=0
"$work/venv/bin/python" -m unittest discover --start-directory "$here" --pattern 'test_*.py' --verbose || failed=1
"$work/venv/bin/python" "$here/every_method.py" || failed=1
exit $failed
