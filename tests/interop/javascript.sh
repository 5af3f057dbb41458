#!/bin/sh
# The official JavaScript SDK of Genesys Cloud against the sandbox, unmodified. Run by run.sh.
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$INTEROP_WORK/javascript

skip() {
    echo "javascript: skipped: $1"
    exit 0
}

command -v node >/dev/null 2>&1 || skip "there is no node; install Node.js 20 or newer"
command -v npm >/dev/null 2>&1 || skip "there is no npm; install it beside Node.js"
node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' || skip "node is older than 20"

mkdir -p "$work" || exit 1
# A marker written last tells a complete installation from one that was broken off.
if ! cmp -s "$here/javascript/package-lock.json" "$work/installed.json"; then
    rm -f "$work/installed.json"
    cp "$here/javascript/package.json" "$here/javascript/package-lock.json" "$work/" || exit 1
    if ! npm ci --prefix "$work" --ignore-scripts --no-audit --no-fund >"$work/npm.log" 2>&1; then
        # A package that is there but is not the one we know is no reason to skip.
        if grep -q 'EINTEGRITY' "$work/npm.log"; then
            cat "$work/npm.log"
            exit 1
        fi
        tail -n 3 "$work/npm.log"
        skip "the SDK could not be installed; is a package registry within reach?"
    fi
    cp "$here/javascript/package-lock.json" "$work/installed.json" || exit 1
fi

export NODE_PATH="$work/node_modules"
failed=0
node --test "$here/javascript/every_method.test.mjs" "$here/examples/sandbox_example.test.cjs" || failed=1
node "$here/javascript/every_method.mjs" || failed=1
exit $failed
