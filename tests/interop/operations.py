"""The operations of the specs, as the command line describes them: their paths, parameters and example requests."""

import json
import os
import re
import shlex
import subprocess
from functools import cached_property

API = "genesys-users"


class Operation:
    """An operation of the Genesys spec, with the request that the spec gives as its example."""

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
    """The parameters and the body of an example, which is a command line: `… call API OPERATION --params JSON --body TEXT`.

    A body that is not JSON stays a text. Of several commands, the last one counts.
    """
    words = shlex.split(command)
    start = len(words) - words[::-1].index("call") + 2
    values = dict(zip(words[start::2], words[start + 1::2]))
    # A file, and the form of the response, are for whoever sends the request to choose.
    unknown = set(values) - {"--params", "--body", "--file", "--representation"}
    if unknown or len(words[start:]) % 2:
        raise ValueError(f"unexpected options in the example `{command}`")
    return json.loads(values.get("--params", "{}")), _body(values.get("--body"))


def _body(text):
    return json.loads(text) if text is not None and text[0] in "[{" else text


def list_operations():
    """Every operation of the Genesys spec."""
    return [Operation(entry) for entry in _rosterkit("ops", API)]


def list_examples(api):
    """The parameters and the body of the example of each operation of a spec, by the operation's id."""
    return {entry["id"]: read_example(entry["example"]) for entry in _rosterkit("ops", api)}


def _rosterkit(*words):
    """What the command line prints as JSON."""
    command = [os.environ["ROSTERKIT"], *words, "--output", "json"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
