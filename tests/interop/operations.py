"""The operations of the Genesys spec, as the command line describes them: their paths, parameters and example requests."""

import json
import os
import re
import shlex
import subprocess
from functools import cached_property

API = "genesys-users"


class Operation:
    """An operation of the spec, with the request that the spec gives as its example."""

    def __init__(self, entry):
        self.id = entry["id"]
        self.method = entry["method"]
        self.path = entry["path"]
        self.parameters, self.body = read_example(entry["example"])

    @property
    def route(self):
        """What tells the operation from all others."""
        return route(self.method, self.path)

    @cached_property
    def listed_values(self):
        """The values that the spec lists for parameters, by the parameter's name."""
        entry = _rosterkit("ops", "show", self.id, "--api", API)
        return {parameter["name"]: parameter["values"] for parameter in entry["parameters"] if parameter["values"]}


def route(method, path):
    """A method and a path without the names of its parameters, which differ between the spec and the SDK."""
    return method, re.sub(r"\{[^}]*\}", "{}", path)


def read_example(command):
    """The parameters and the body of an example, which is a command line: `… call API OPERATION --params JSON --body JSON`."""
    words = shlex.split(command)
    options = words[words.index(API) + 2:]
    values = dict(zip(options[::2], options[1::2]))
    unknown = set(values) - {"--params", "--body"}
    if unknown or len(options) % 2:
        raise ValueError(f"unexpected options in the example `{command}`")
    body = json.loads(values["--body"]) if "--body" in values else None
    return json.loads(values.get("--params", "{}")), body


def list_operations():
    """Every operation of the spec."""
    return [Operation(entry) for entry in _rosterkit("ops", API)]


def _rosterkit(*words):
    """What the command line prints as JSON."""
    command = [os.environ["ROSTERKIT"], *words, "--output", "json"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
