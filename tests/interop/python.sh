#!/bin/sh
# The official Python SDK of Genesys Cloud against the sandbox, unmodified. Run by run.sh.
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
part=python
. "$here/python_environment.sh"
python_environment "$INTEROP_WORK/python" "$here/requirements.txt" 3.10

failed=0
"$INTEROP_WORK/python/bin/python" -m unittest discover --start-directory "$here" --pattern 'test_*.py' --verbose || failed=1
"$INTEROP_WORK/python/bin/python" "$here/every_method.py" || failed=1
"$INTEROP_WORK/python/bin/python" "$here/examples/sandbox_example.py" --verbose || failed=1
exit $failed
