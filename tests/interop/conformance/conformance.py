"""Runs Schemathesis against the sandbox with each of the three specs, or with those that are named.

The sandbox is a strict one, which refuses values of enumerations that no document has.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import yaml

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from document import known_values, prepare  # noqa: E402
from operations import list_examples  # noqa: E402
from sandbox import Sandbox  # noqa: E402

APIS = ("session-clusters", "peoplefluent-lms", "genesys-users")
SPECS = HERE.parents[2] / "spec"
# How often a path parameter has a known value: the rest leads to no item.
KNOWN = 0.9


def configuration(known):
    """The configuration with the known values."""
    lines = [(HERE / "schemathesis.toml").read_text(encoding="utf-8")]
    for name, values in known.items():
        lines.append(f"[dictionaries.{name}]\nvalues = {json.dumps(values)}\n")
    lines.append("[parameters]")
    lines += [f'"path.{name}" = {{ dictionary = "{name}", probability = {KNOWN} }}' for name in known]
    return "\n".join(lines) + "\n"


def run(api, sandbox, work):
    """Runs Schemathesis with one spec. Returns whether everything is as the spec says."""
    work.mkdir(parents=True, exist_ok=True)
    spec = yaml.load((SPECS / f"{api}.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    examples = list_examples(api)
    document = prepare(spec, examples)
    (work / "spec.json").write_text(json.dumps(document), encoding="utf-8")
    (work / "schemathesis.toml").write_text(configuration(known_values(document, examples)), encoding="utf-8")
    command = [pathlib.Path(sys.executable).with_name("schemathesis"), "--config-file", work / "schemathesis.toml"]
    command += ["run", work / "spec.json", "--url", sandbox.info["services"][api]["url"]]
    return subprocess.run(command, cwd=work, env=environment(sandbox), check=False).returncode == 0


def environment(sandbox):
    """The environment of Schemathesis: the credentials, as `LMS_SYSTEM_KEY`, and the hooks."""
    credentials = sandbox.info["credentials"].items()
    names = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper(): value for name, value in credentials}
    control = f"{sandbox.base_url}/_sandbox"
    return {**os.environ, **names, "SANDBOX_CONTROL": control, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)}


def main(apis):
    """Runs Schemathesis with each spec, and returns the exit code."""
    unknown = set(apis) - set(APIS)
    if unknown:
        print(f"unknown API `{unknown.pop()}`: expected one of: {', '.join(APIS)}", file=sys.stderr)
        return 2
    sandbox = Sandbox(users=100, seed=1, options=["--strict"])
    try:
        failed = [api for api in apis or APIS if not run(api, sandbox, pathlib.Path(os.environ["INTEROP_WORK"]) / api)]
    finally:
        sandbox.stop()
    for api in failed:
        print(f"FAILED conformance of {api}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
