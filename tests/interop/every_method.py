"""Calls every method of the official SDK whose operation the spec has, and prints what became of each.

Each call finds the sandbox as it was at the start. The run fails if a response is a server error, if the SDK cannot decode
it, if an operation of the spec was not called, and if a refusal is not the one that `expected_refusals.json` has, or if one
of these does not come.
"""

import json
import pathlib
import sys
from collections import Counter

import PureCloudPlatformClientV2 as sdk
from PureCloudPlatformClientV2.rest import ApiException

from arguments import Unsendable, required_arguments
from decoding import compare
from operations import list_operations
from sandbox import Sandbox
from sdk_methods import list_methods

EXPECTED = pathlib.Path(__file__).with_name("expected_refusals.json")
OUTCOMES = ("answered", "refused", "not sent", "failed")


class Result:
    """What became of a call: `answered`, `refused`, `not sent` because the SDK cannot express the request, or `failed`."""

    def __init__(self, method, operation, outcome, status=None, detail="", ignored=()):
        self.method = method
        self.operation = operation
        self.outcome = outcome
        self.status = status
        # The code of a refusal, else the problem.
        self.detail = detail
        self.ignored = ignored


def call(client, method, operation):
    """Calls a method with the example of its operation, and compares what the SDK returns with the response."""
    client.last_response = None
    try:
        decoded = method.call(client, required_arguments(method, operation))
    except Unsendable as error:
        return Result(method, operation, "not sent", detail=str(error))
    except ApiException as error:
        return _exception(method, operation, error)
    except Exception as error:  # Whatever the SDK raises is a finding, and the other methods are to be called, too.
        return Result(method, operation, "failed", _status(client), f"{type(error).__name__} in the SDK: {error}")
    comparison = _compare(client.last_response, method, decoded)
    outcome = "failed" if comparison.undecoded else "answered"
    return Result(method, operation, outcome, _status(client), "; ".join(comparison.undecoded), comparison.ignored)


def _status(client):
    return client.last_response.status if client.last_response else None


def _exception(method, operation, error):
    """The result of a call that the SDK ended with an error of its own, which has the status of the response, or 0."""
    try:
        code = json.loads(error.body)["code"]
    except (TypeError, ValueError, KeyError):
        return Result(method, operation, "failed", error.status, error.body or error.reason)
    outcome = "refused" if 400 <= error.status < 500 else "failed"
    return Result(method, operation, outcome, error.status, code)


def _compare(response, method, decoded):
    """The comparison of a response with what the SDK made of it; an empty body has nothing to lose."""
    empty = method.return_type is None or not response.data
    return compare("object" if empty else method.return_type, None if empty else json.loads(response.data), decoded)


def problems(results, operations, called, expected):
    """What fails the run, as lines of text."""
    for result in results:
        if problem := _problem(result, expected.get(result.operation.id)):
            yield f"{result.method}: {problem}"
    known = {operation.id for operation in operations}
    excused = {operation for operation, refusal in expected.items() if refusal["outcome"] == "not sent"}
    for operation in sorted(known - called - excused):
        yield f"{operation}: no method of the SDK called it"
    for operation in sorted(set(expected) - known):
        yield f"{operation}: {EXPECTED.name} names it, but the spec does not have it"


def _problem(result, expected):
    """Why a result fails the run, if it does."""
    text = " ".join(str(part) for part in (result.outcome, result.status, result.detail) if part)
    if result.outcome == "failed":
        return text
    if expected is None:
        return None if result.outcome == "answered" else f"{text}; not expected in {EXPECTED.name}"
    same = all(getattr(result, key) == value for key, value in expected.items() if key != "reason")
    return None if same else f"{text}; {EXPECTED.name} expects something else"


def print_table(results, expected):
    """Prints a line for each call, and the numbers."""
    width = max(len(str(result.method)) for result in results)
    for result in results:
        reason = expected.get(result.operation.id, {}).get("reason") if result.outcome != "answered" else None
        text = ": ".join(part for part in (result.detail, reason) if part)
        print(f"{str(result.method):{width}}  {result.outcome:8}  {result.status or '-':>3}  {text}".rstrip())
    counts = Counter(result.outcome for result in results)
    print(f"\n{len(results)} methods: " + ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES))
    for result in results:
        if result.ignored:
            print(f"  the SDK has no attribute for {', '.join(result.ignored)} of {result.method}")


def main():
    """Calls the methods, prints the table, and returns the exit code."""
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))
    operations = list_operations()
    by_route = {operation.route: operation for operation in operations}
    results, called = [], set()
    sandbox = Sandbox(users=100, seed=1)
    try:
        client = sdk.ApiClient(host=f"{sandbox.base_url}/genesys")
        client.access_token = sandbox.user_token
        for method in list_methods():
            if method.route in by_route:
                sandbox.reset()
                results.append(call(client, method, by_route[method.route]))
                called |= {request["operation"] for request in sandbox.requests()}
    finally:
        sandbox.stop()
    print_table(results, expected)
    found = list(problems(results, operations, called, expected))
    for problem in found:
        print(f"FAILED {problem}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
