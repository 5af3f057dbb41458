#!/bin/sh
# Schemathesis against the sandbox, with each of the three specs. Run by run.sh.
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
part=conformance
. "$here/python_environment.sh"
python_environment "$INTEROP_WORK/schemathesis" "$here/conformance/requirements.txt" 3.11

failed=0
python=$INTEROP_WORK/schemathesis/bin/python
"$python" -m unittest discover --start-directory "$here/conformance" --pattern 'test_*.py' || failed=1
"$python" "$here/conformance/conformance.py" || failed=1
exit $failed
