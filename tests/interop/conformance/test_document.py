"""The document that Schemathesis reads says of requests and responses what the house rules say."""

import unittest

from document import known_values, of_response, prepare

SPEC = {
    "paths": {
        "/users/{id}": {
            "parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}}],
            "put": {
                "operationId": "putUser",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}}},
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}}},
                    "default": {"$ref": "#/components/responses/Error"},
                },
            },
        },
    },
    "components": {
        "schemas": {"User": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}},
        "responses": {"Error": {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}},
    },
}


class Document(unittest.TestCase):
    def setUp(self):
        document = prepare(SPEC, {"putUser": ({"id": "7"}, {"name": "Ann Sample"})})
        self.document = document
        self.operation = document["paths"]["/users/{id}"]["put"]

    def test_a_response_may_leave_out_what_a_request_needs_but_has_nothing_else(self):
        content = self.operation["responses"]["200"]["content"]["application/json"]
        self.assertEqual(content["schema"], {"$ref": "#/components/schemas/Response.User"})
        schemas = self.document["components"]["schemas"]
        self.assertEqual(schemas["User"], SPEC["components"]["schemas"]["User"])
        self.assertEqual(
            schemas["Response.User"],
            {"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": False},
        )

    def test_an_open_object_stays_open_and_a_property_can_be_called_required(self):
        for schema in [
            {"type": "object", "properties": {}, "additionalProperties": True},
            {"type": "object", "additionalProperties": {"type": "string"}},
            {"type": "object"},
        ]:
            self.assertEqual(of_response(schema), schema)
        named = {"type": "object", "properties": {"required": {"type": "boolean"}}}
        self.assertEqual(of_response(named)["properties"], named["properties"])

    def test_a_response_of_any_bytes_has_no_schema(self):
        self.assertEqual(self.operation["responses"]["default"], {"content": {"*/*": {}}})

    def test_examples_stand_at_parameters_and_body(self):
        self.assertEqual(self.operation["parameters"][0]["example"], "7")
        self.assertEqual(self.operation["requestBody"]["content"]["application/json"]["example"], {"name": "Ann Sample"})

    def test_values_are_known_where_each_is_valid(self):
        examples = {"putUser": ({"id": "7"}, None), "getUser": ({"id": "8", "expand": "name"}, None)}
        self.assertEqual(known_values(self.document, examples), {"id": ["7", "8"]})
        self.operation["parameters"][0]["schema"]["enum"] = ["7"]
        self.assertEqual(known_values(self.document, examples), {})


if __name__ == "__main__":
    unittest.main()
