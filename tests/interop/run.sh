#!/bin/sh
# Runs programs of other languages against the sandbox. Each argument is a part; without arguments, all parts run:
#
#   python        the official Python SDK of Genesys Cloud: what clients do, then every method whose operation the spec has
#   javascript    the official JavaScript SDK: every method whose operation the spec has
#   conformance   Schemathesis: no server error, and no response that the specs do not allow
#
# A part whose language, packages or package index are missing says so and succeeds: nobody needs them to work on rosterkit.
# Everything that is made lies under target/interop.
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
cargo=${CARGO:-cargo}

[ $# -gt 0 ] || set -- python javascript conformance
for part in "$@"; do
    case $part in
        python | javascript | conformance) ;;
        *)
            echo "unknown part '$part': expected one of: python, javascript, conformance" >&2
            exit 2
            ;;
    esac
done

mkdir -p "${CARGO_TARGET_DIR:-$root/target}/interop/home" || exit 1
target=$(CDPATH='' cd -- "${CARGO_TARGET_DIR:-$root/target}" && pwd)
work=$target/interop

# Programs that are built already can be named, for those who build them elsewhere.
if [ -z "${ROSTERKIT_SANDBOX:-}" ] || [ -z "${ROSTERKIT:-}" ]; then
    "$cargo" build --locked --quiet --manifest-path "$root/Cargo.toml" --package rosterkit-sandbox --package rosterkit-cli \
        --bin rosterkit-sandbox --bin rosterkit || exit 1
fi
# The SDKs watch the folder of their configuration below HOME: an empty one is quicker and holds nobody's settings.
export HOME="$work/home" PYTHONDONTWRITEBYTECODE=1
export ROSTERKIT_SANDBOX="${ROSTERKIT_SANDBOX:-$target/debug/rosterkit-sandbox}" ROSTERKIT="${ROSTERKIT:-$target/debug/rosterkit}"
export INTEROP_WORK="$work"

failed=0
for part in "$@"; do
    "$here/$part.sh" || failed=1
done
exit $failed
