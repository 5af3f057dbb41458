#!/bin/sh
# Schemathesis against the sandbox, with each of the three specs. Run by run.sh.
set -u

interop=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
part=conformance
. "$interop/environments.sh"
python_environment "$INTEROP_WORK/schemathesis" "$interop/conformance/requirements.txt" 3.11

failed=0
python=$INTEROP_WORK/schemathesis/bin/python
"$python" -m unittest discover --start-directory "$interop/conformance" --pattern 'test_*.py' || failed=1
"$python" "$interop/conformance/conformance.py" || failed=1
exit $failed
