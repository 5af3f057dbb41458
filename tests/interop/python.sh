#!/bin/sh
# The official Python SDK of Genesys Cloud against the sandbox, unmodified. Run by run.sh.
set -u

interop=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
part=python
. "$interop/environments.sh"
python_environment "$INTEROP_WORK/python" "$interop/requirements.txt" 3.10

failed=0
"$INTEROP_WORK/python/bin/python" -m unittest discover --start-directory "$interop" --pattern 'test_*.py' --verbose || failed=1
"$INTEROP_WORK/python/bin/python" "$interop/every_method.py" || failed=1
"$INTEROP_WORK/python/bin/python" "$interop/examples/sandbox_example.py" --verbose || failed=1
exit $failed
