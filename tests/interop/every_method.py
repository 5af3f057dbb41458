"""Calls every method of the official SDK whose operation the spec has, and prints what became of each.

A method is called with the example of its operation, and again with each value of each optional parameter. Each call finds
the sandbox as it was at the start. The run fails if a response is a server error, if the SDK cannot decode it, if an
operation of the spec was not called or a method of `UsersApi` has none, and if a refusal is not the one that
`expected_refusals.json` has, or if one of these does not come.
"""

import json
import pathlib
import sys
from collections import Counter

import PureCloudPlatformClientV2 as sdk
from PureCloudPlatformClientV2.rest import ApiException

from arguments import Unsendable, optional_arguments, required_arguments
from decoding import Comparison, compare
from known_values import known_values
from operations import list_operations
from sandbox import Sandbox
from sdk_methods import list_methods, match

EXPECTED = pathlib.Path(__file__).with_name("expected_refusals.json")
OUTCOMES = ("answered", "refused", "not sent", "failed")


class Result:
    """What became of a call: `answered`, `refused`, `not sent` because the SDK cannot express the request, or `failed`."""

    def __init__(self, outcome, status=None, code=None, problem="", ignored=()):
        self.outcome = outcome
        self.status = status
        self.code = code
        self.problem = problem
        self.ignored = ignored


class Call:
    """A call of a method. Its key names the operation and, where there is one, the optional argument."""

    def __init__(self, method, operation, option="", arguments=None):
        self.method = method
        self.operation = operation
        self.option = option
        self.arguments = arguments or {}
        self.key = f"{operation.id} {option}".rstrip()
        self.result = None

    def __str__(self):
        return f"{self.method} {self.option}".rstrip()

    def make(self, client):
        """Makes the call, and compares what the SDK returns with the response."""
        client.last_response = None
        try:
            arguments = {**required_arguments(self.method, self.operation), **self.arguments}
            decoded = self.method.call(client, arguments)
        except Unsendable as error:
            self.result = Result("not sent", problem=str(error))
        except ApiException as error:
            self.result = _refusal(error)
        except Exception as error:  # Whatever the SDK raises is a finding, and the other methods are to be called, too.
            self.result = Result("failed", _status(client), problem=f"{type(error).__name__} in the SDK: {error}")
        else:
            comparison = _compare(client.last_response, self.method, decoded)
            outcome, problem = "failed" if comparison.undecoded else "answered", "; ".join(comparison.undecoded)
            self.result = Result(outcome, _status(client), problem=problem, ignored=comparison.ignored)


def calls_of(method, operation, known):
    """The calls to make of a method."""
    yield Call(method, operation)
    for option, arguments in optional_arguments(method, operation, known):
        yield Call(method, operation, option, arguments)


def _status(client):
    return client.last_response.status if client.last_response else None


def _refusal(error):
    """The result of a call that the SDK ended with an error of its own, which has the status of the response, or 0."""
    try:
        code = json.loads(error.body)["code"]
    except (TypeError, ValueError, KeyError):
        return Result("failed", error.status, problem=error.body or error.reason)
    return Result("refused" if 400 <= error.status < 500 else "failed", error.status, code)


def _compare(response, method, decoded):
    """The comparison of a response with what the SDK made of it; an empty body has nothing to lose."""
    if method.return_type is None or not response.data:
        return Comparison()
    try:
        return compare(method.return_type, json.loads(response.data), decoded)
    except ValueError:
        return Comparison(undecoded=["the response is not JSON"])


def problems(calls, operations, called, expected, unknown=()):
    """What fails the run, as lines of text. `unknown` are the methods of `UsersApi` whose operations the spec lacks."""
    for call in calls:
        if problem := _problem(call.result, expected.get(call.key)):
            yield f"{call}: {problem}"
    excused = {key for key, result in expected.items() if result["outcome"] == "not sent"}
    for operation in sorted({operation.id for operation in operations} - called - excused):
        yield f"{operation}: no method of the SDK called it"
    for method in unknown:
        yield f"{method}: the spec does not have its operation"
    for key in sorted(set(expected) - {call.key for call in calls}):
        yield f"{key}: {EXPECTED.name} has it, but there is no such call"


def _problem(result, expected):
    """Why a result fails the run, if it does."""
    text = " ".join(str(part) for part in (result.outcome, result.status, result.code, result.problem) if part)
    if result.outcome == "failed":
        return text
    if expected is None:
        return None if result.outcome == "answered" else f"{text}; not expected in {EXPECTED.name}"
    same = all(getattr(result, name) == value for name, value in expected.items() if name != "reason")
    return None if same else f"{text}; {EXPECTED.name} expects something else"


def print_table(calls, expected):
    """Prints a line for each method and for each optional argument that was not answered, and the numbers."""
    shown = [call for call in calls if not call.option or call.result.outcome != "answered"]
    width = max(len(str(call)) for call in shown)
    for call in shown:
        result = call.result
        reason = expected.get(call.key, {}).get("reason") if result.outcome != "answered" else None
        text = ": ".join(part for part in (result.code, result.problem, reason) if part)
        print(f"{str(call):{width}}  {result.outcome:8}  {result.status or '-':>3}  {text}".rstrip())
    print()
    for title, chosen in [
        ("methods", [call for call in calls if not call.option]),
        ("values of optional parameters", [call for call in calls if call.option]),
    ]:
        counts = Counter(call.result.outcome for call in chosen)
        print(f"{len(chosen)} {title}: " + ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES))
    for call in calls:
        if call.result.ignored:
            print(f"{call}: the SDK has no attribute for {', '.join(call.result.ignored)}")


def main():
    """Makes the calls, prints the table, and returns the exit code."""
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))
    operations = list_operations()
    methods = list_methods()
    matches = match(methods, operations)
    matched = {method for method, _ in matches}
    unknown = [method for method in methods if method.api_class is sdk.UsersApi and method not in matched]
    called = set()
    sandbox = Sandbox(users=100, seed=1)
    try:
        client = sdk.ApiClient(host=f"{sandbox.base_url}/genesys")
        client.access_token = sandbox.user_token
        known = known_values(client, operations)
        calls = [call for method, operation in matches for call in calls_of(method, operation, known)]
        for call in calls:
            sandbox.reset()
            call.make(client)
            called |= {request["operation"] for request in sandbox.requests()}
    finally:
        sandbox.stop()
    print_table(calls, expected)
    found = list(problems(calls, operations, called, expected, unknown))
    for problem in found:
        print(f"FAILED {problem}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
