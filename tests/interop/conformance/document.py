"""Makes of a spec the document that Schemathesis reads: the spec, with what the house rules of `spec/README.md` say beyond OpenAPI.

- `required` counts in requests only; a response may leave out anything.
- A response has no property that the spec does not have, unless the object says that it can.
- The example request of each operation stands at its parameters and its body, so that it is sent as it is.
- A response that is any bytes (`*/*`) has no schema: what comes can be JSON, which is not a text.
"""

import copy

METHODS = ("get", "put", "post", "patch", "delete")
_SCHEMAS = "#/components/schemas/"
_RESPONSE = "Response."


def prepare(spec, examples):
    """The document of a spec. `examples` has the parameters and the body of each operation's example, by its id."""
    document = copy.deepcopy(spec)
    schemas = document["components"]["schemas"]
    schemas.update({_RESPONSE + name: of_response(schema) for name, schema in schemas.items()})
    for item in document["paths"].values():
        shared = item.pop("parameters", [])
        for operation in (item[method] for method in METHODS if method in item):
            operation["parameters"] = [copy.deepcopy(resolve(spec, it)) for it in shared + operation.get("parameters", [])]
            if "requestBody" in operation:
                operation["requestBody"] = copy.deepcopy(resolve(spec, operation["requestBody"]))
            responses = operation["responses"].items()
            operation["responses"] = {status: _response(spec, response) for status, response in responses}
            if operation["operationId"] in examples:
                _add_example(operation, *examples[operation["operationId"]])
    return document


def known_values(document, examples):
    """The values that the examples have for path parameters, by name: those that are valid wherever the name occurs."""
    known = {}
    for parameters, _ in examples.values():
        for name, value in parameters.items():
            if isinstance(value, str) and value not in known.setdefault(name, []):
                known[name].append(value)
    listed = {}
    for item in document["paths"].values():
        for operation in (item[method] for method in METHODS if method in item):
            for parameter in operation["parameters"]:
                if parameter["in"] == "path":
                    values = resolve(document, _inner(parameter["schema"])).get("enum")
                    listed.setdefault(parameter["name"], []).append(values)
    return {
        name: values
        for name, values in known.items()
        if name in listed and all(enum is None or set(values) <= set(enum) for enum in listed[name])
    }


def of_response(schema):
    """A schema as it counts in responses."""
    if isinstance(schema, list):
        return [of_response(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {}
    for name, value in schema.items():
        if name == "required" and isinstance(value, list):
            continue
        if name == "$ref" and isinstance(value, str):
            value = value.replace(_SCHEMAS, _SCHEMAS + _RESPONSE)
        made[name] = of_response(value)
    if isinstance(made.get("properties"), dict) and made.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made


def resolve(document, value):
    """A part of a document, or what its reference leads to."""
    while "$ref" in value:
        path = value["$ref"].removeprefix("#/").split("/")
        value = document
        for name in path:
            value = value[name]
    return value


def _inner(schema):
    return schema["allOf"][0] if "allOf" in schema else schema


def _response(spec, response):
    response = copy.deepcopy(resolve(spec, response))
    for media_type, content in response.get("content", {}).items():
        if media_type == "*/*":
            content.pop("schema", None)
        elif "schema" in content:
            content["schema"] = of_response(content["schema"])
    return response


def _add_example(operation, parameters, body):
    left = dict(parameters)
    for parameter in operation["parameters"]:
        if parameter["name"] in left:
            parameter["example"] = left.pop(parameter["name"])
    # What is no parameter is a field of the form.
    sent = left if body is None else body
    if "requestBody" in operation and sent:
        for content in operation["requestBody"]["content"].values():
            content["example"] = sent
