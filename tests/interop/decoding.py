"""Compares what the SDK made of a response with the response.

The SDK decodes without complaint what it does not understand: it makes a text of a list, leaves out fields that it has no
attribute for, and replaces values of an enumeration that it does not know.
"""

import re
from datetime import date, datetime

import PureCloudPlatformClientV2 as sdk

_LIST = re.compile(r"list\[(.*)\]$")
_DICT = re.compile(r"dict\([^,]*, (.*)\)$")
_PRIMITIVES = {"str": str, "bool": bool, "int": int, "float": (int, float)}
# What the setters of model classes put in the place of a value that they do not know.
_REPLACEMENT = "outdated_sdk_version"


class Comparison:
    """What the SDK lost of a response. Each is a text that begins with the path of the value."""

    def __init__(self, undecoded=()):
        self.undecoded = list(undecoded)
        self.ignored = []


def compare(type_name, raw, decoded):
    """Compares a JSON response with what the SDK made of it, given the type that the SDK expects."""
    comparison = Comparison()
    _compare(comparison, type_name, raw, decoded, "response")
    return comparison


def _compare(comparison, type_name, raw, decoded, path):
    listed, mapped = _LIST.match(type_name), _DICT.match(type_name)
    if raw is None or type_name == "object":
        return
    if listed:
        if _is(comparison, raw, list, type_name, path):
            for index, (item, kept) in enumerate(zip(raw, decoded)):
                _compare(comparison, listed.group(1), item, kept, f"{path}[{index}]")
    elif mapped:
        if _is(comparison, raw, dict, type_name, path):
            for name, item in raw.items():
                _compare(comparison, mapped.group(1), item, decoded[name], f"{path}.{name}")
    elif type_name in _PRIMITIVES:
        if _is(comparison, raw, _PRIMITIVES[type_name], type_name, path) and decoded != raw:
            comparison.undecoded.append(f"{path}: {raw!r} was decoded as {decoded!r}")
    elif type_name in ("datetime", "date", "LocalDateTime"):
        if not isinstance(decoded, (date, datetime)):
            comparison.undecoded.append(f"{path}: {raw!r} is not a {type_name}")
    elif hasattr(sdk, type_name) and _is(comparison, raw, dict, type_name, path):
        _compare_model(comparison, raw, decoded, path)


def _is(comparison, raw, expected, type_name, path):
    """Whether a value has the type; `True` is no number, although Python says so."""
    fits = isinstance(raw, expected) and (expected is bool or not isinstance(raw, bool))
    if not fits:
        comparison.undecoded.append(f"{path}: {raw!r} is not a {type_name}")
    return fits


def _compare_model(comparison, raw, decoded, path):
    attributes = {wire_name: name for name, wire_name in decoded.attribute_map.items()}
    for wire_name, item in raw.items():
        attribute, inner = attributes.get(wire_name), f"{path}.{wire_name}"
        if attribute is None:
            comparison.ignored.append(inner)
            continue
        kept = getattr(decoded, attribute)
        if isinstance(kept, str) and kept == _REPLACEMENT:
            comparison.undecoded.append(f"{inner}: the SDK does not know the value {item!r}")
        else:
            _compare(comparison, decoded.swagger_types[attribute], item, kept, inner)
