"""Arguments for a method of the SDK, made from the example request of the operation that it calls.

The ids in examples are those of the sandbox's default people. Bodies become objects of the SDK's own model classes.
"""

import re

import PureCloudPlatformClientV2 as sdk
from dateutil.parser import isoparse

_LIST = re.compile(r"list\[(.*)\]$")
_DICT = re.compile(r"dict\([^,]*, (.*)\)$")
# Within the limits of every page size, and no parameter's default.
_WHOLE_NUMBER = 2


class Unsendable(Exception):
    """The SDK cannot express a request that the spec allows."""


def required_arguments(method, operation):
    """The arguments of the example request, by their names in Python."""
    arguments, left = {}, {**operation.parameters, **method.fixed_values(operation)}
    for parameter in method.parameters:
        if parameter.wire_name is None:
            if operation.body is not None:
                arguments[parameter.name] = build(parameter.type_name, operation.body, parameter.name)
        elif parameter.wire_name in left:
            arguments[parameter.name] = build(parameter.type_name, left.pop(parameter.wire_name), parameter.name)
        if parameter.required and parameter.name not in arguments:
            raise Unsendable(f"the example of {operation.id} has no value for `{parameter.name}`")
    if left:
        raise Unsendable(f"{method} has no parameter for {', '.join(sorted(left))}")
    return arguments


def optional_arguments(method, operation, known):
    """Every optional argument whose values are known, each with a text that names it: `state=deleted`.

    `known` has values for those that the spec lists none for, by their names in requests. A list has all its values at once.
    """
    for parameter in method.parameters:
        if parameter.required or parameter.wire_name is None:
            continue
        values = operation.listed_values.get(parameter.wire_name) or _unlisted(parameter, known)
        if values and _LIST.match(parameter.type_name):
            yield f"{parameter.wire_name}=*", {parameter.name: values}
        else:
            yield from ((f"{parameter.wire_name}={value}", {parameter.name: value}) for value in values)


def _unlisted(parameter, known):
    """The values of a parameter that the spec lists none for."""
    if parameter.type_name in ("bool", "int"):
        return {"bool": [True, False], "int": [_WHOLE_NUMBER]}[parameter.type_name]
    return [known[parameter.wire_name]] if parameter.wire_name in known else []


def build(type_name, value, location):
    """A value of JSON as the SDK wants it: an object of a model class, a date-time, or the value itself."""
    if value is None:
        return sdk.ApiNullValue()
    listed, mapped = _LIST.match(type_name), _DICT.match(type_name)
    if listed:
        if not isinstance(value, list):
            raise Unsendable(f"`{location}`: the SDK sends a list, not {value!r}")
        return [build(listed.group(1), item, location) for item in value]
    if mapped:
        return {name: build(mapped.group(1), item, f"{location}.{name}") for name, item in value.items()}
    if type_name in ("datetime", "date"):
        date_time = isoparse(value)
        return date_time if type_name == "datetime" else date_time.date()
    if type_name == "str" and not isinstance(value, str):
        raise Unsendable(f"`{location}`: the SDK sends a text, not {value!r}")
    model = getattr(sdk, type_name, None)
    return value if model is None else _build_model(model, value, location)


def _build_model(model, value, location):
    """An object of a model class; a field that the class lacks cannot be sent."""
    if not isinstance(value, dict):
        raise Unsendable(f"`{location}`: the SDK sends a {model.__name__}, not {value!r}")
    instance = model()
    attributes = {wire_name: name for name, wire_name in instance.attribute_map.items()}
    for wire_name, item in value.items():
        path = f"{location}.{wire_name}"
        if wire_name not in attributes:
            raise Unsendable(f"`{path}`: {model.__name__} of the SDK has no such field")
        attribute = attributes[wire_name]
        built = build(instance.swagger_types[attribute], item, path)
        setattr(instance, attribute, built)
        # A setter replaces a value that it does not know, without an error.
        if getattr(instance, attribute) is not built:
            raise Unsendable(f"`{path}`: {model.__name__} of the SDK does not know the value {item!r}")
    return instance
