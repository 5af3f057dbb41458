#!/bin/sh
# Lists the same users with the official SDKs of Genesys Cloud and with rosterkit. An SDK whose language or package index is missing
# is left out with a message. Arguments go to the benchmarks, such as --quick or --write.
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
interop=$here/../../tests/interop
cargo=${CARGO:-cargo}
mkdir -p "${CARGO_TARGET_DIR:-$here/../../target}/interop/home" || exit 1
INTEROP_WORK=$(CDPATH='' cd -- "${CARGO_TARGET_DIR:-$here/../../target}/interop" && pwd)
export INTEROP_WORK

. "$interop/environments.sh"

# Each in a shell of its own, which ends where something is missing.
part=python
(python_environment "$INTEROP_WORK/python" "$interop/requirements.txt" 3.10) || exit 1
if cmp -s "$interop/requirements.txt" "$INTEROP_WORK/python.txt"; then
    export BENCH_PYTHON="$INTEROP_WORK/python/bin/python"
fi
part=javascript
(javascript_environment "$INTEROP_WORK/javascript") || exit 1
if cmp -s "$interop/javascript/package-lock.json" "$INTEROP_WORK/javascript/installed.json"; then
    export BENCH_NODE=node NODE_PATH="$INTEROP_WORK/javascript/node_modules"
fi
if [ -z "${BENCH_PYTHON:-}${BENCH_NODE:-}" ]; then
    echo "peers: skipped: neither SDK is there"
    exit 0
fi
# The SDKs watch the folder of their configuration below HOME.
CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
export CARGO_HOME RUSTUP_HOME HOME="$INTEROP_WORK/home" PYTHONDONTWRITEBYTECODE=1
exec "$cargo" bench --locked --manifest-path "$here/../../Cargo.toml" --package rosterkit-benches --bench ratios -- peers "$@"
