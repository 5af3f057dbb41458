#!/bin/sh
# The official JavaScript SDK of Genesys Cloud against the sandbox, unmodified. Run by run.sh.
set -u

interop=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
part=javascript
. "$interop/environments.sh"
javascript_environment "$INTEROP_WORK/javascript"

export NODE_PATH="$INTEROP_WORK/javascript/node_modules"
failed=0
node --test "$interop/javascript/every_method.test.mjs" "$interop/examples/sandbox_example.test.cjs" || failed=1
node "$interop/javascript/every_method.mjs" || failed=1
exit $failed
