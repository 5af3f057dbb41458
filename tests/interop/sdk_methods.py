"""The methods of the official SDK, read from their docstrings and source: the SDK has no other description of them."""

import inspect
import pathlib
import re
import warnings

import PureCloudPlatformClientV2 as sdk

from operations import route

# `:param list[str] expand: Which fields, if any, to expand`, where the description can be empty or end with `(required)`.
_PARAMETER = re.compile(r"^\s*:param (?P<type>\S.*?) (?P<name>\w+): *(?P<text>.*)$", re.MULTILINE)
_RETURN = re.compile(r"^\s*:return: *(?P<type>\S.*)$", re.MULTILINE)
_DEFINITION = re.compile(r"^    def (\w+)\(", re.MULTILINE)
_PATH = re.compile(r"resource_path = '([^']+)'")
_METHOD = re.compile(r"call_api\(resource_path, '([A-Z]+)'")
_WIRE_NAME = re.compile(r"(?:path|query|header)_params\['([^']+)'\] = params\['(\w+)'\]")
_BODY = re.compile(r"body_params = params\['(\w+)'\]")


class Parameter:
    """A parameter of a method: its name in Python, its name in the request (none for the body), and its type."""

    def __init__(self, name, wire_name, type_name, required):
        self.name = name
        self.wire_name = wire_name
        self.type_name = type_name
        self.required = required


class Method:
    """A method of an API class that sends a request."""

    def __init__(self, api_class, name, source):
        documentation = getattr(api_class, name).__doc__
        self.api_class = api_class
        self.name = name
        self.path = _PATH.search(source).group(1)
        self.route = route(_METHOD.search(source).group(1), self.path)
        wire_names = {python: wire for wire, python in _WIRE_NAME.findall(source)}
        body = _BODY.search(source)
        self.parameters = [
            Parameter(found["name"], wire_names.get(found["name"]), found["type"], found["text"].endswith("(required)"))
            for found in _PARAMETER.finditer(documentation)
            if found["name"] != "function"
        ]
        for parameter in self.parameters:
            if parameter.wire_name is None and not (body and body.group(1) == parameter.name):
                raise ValueError(f"{self}: `{parameter.name}` is sent neither as a parameter nor as the body")
        returned = _RETURN.search(documentation)
        self.return_type = None if returned is None or returned["type"] == "None" else returned["type"]

    def __str__(self):
        return f"{self.api_class.__name__}.{self.name}"

    def fixed_values(self, operation):
        """The path parameters that the operation has a fixed value for, or nothing if the method calls another operation.

        The spec has `/objects/USER`, where the SDK has `/objects/{objectType}`.
        """
        segments = list(zip(self.path.split("/"), operation.path.split("/")))
        same_length = self.path.count("/") == operation.path.count("/")
        fixed = {own[1:-1]: given for own, given in segments if own.startswith("{") and not given.startswith("{")}
        filled = self.path
        for name, value in fixed.items():
            filled = filled.replace(f"{{{name}}}", value)
        return fixed if same_length and route(self.route[0], filled) == operation.route else None

    def call(self, client, arguments):
        """Calls the method through a client."""
        # Deprecated methods turn on their warning whatever the filters say: recording keeps it out of the output.
        with warnings.catch_warnings(record=True):
            return getattr(self.api_class(client), self.name)(**arguments)


def methods_of(api_class):
    """The methods of an API class that send requests."""
    # A file holds one class. Its text is split here, since `inspect.getsource` needs a minute for the thousands of methods.
    _, *parts = _DEFINITION.split(pathlib.Path(inspect.getsourcefile(api_class)).read_text(encoding="utf-8"))
    sources = zip(parts[::2], parts[1::2])
    return [Method(api_class, name, source) for name, source in sources if not name.startswith("_")]


def list_methods():
    """Every method of every API class of the SDK."""
    classes = inspect.getmembers(sdk, lambda item: inspect.isclass(item) and item.__name__.endswith("Api"))
    return [method for _, api_class in classes for method in methods_of(api_class)]


def match(methods, operations):
    """The methods with the operations that they call, in the order of the methods."""
    by_route = {operation.route: operation for operation in operations}
    routes = {method.route for method in methods}
    # The path of a method can stand for several: `/users/{userId}` is not for `/users/me`, which has a method of its own.
    left = [operation for operation in operations if operation.route not in routes]
    found = []
    for method in methods:
        if method.route in by_route:
            found.append((method, by_route[method.route]))
        else:
            found += [(method, operation) for operation in left if method.fixed_values(operation) is not None]
    return found
