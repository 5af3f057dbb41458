"""The checks of `every_method.py` find what they are for: each is shown something wrong."""

import unittest
from datetime import datetime, timezone
from types import SimpleNamespace as Stub

import PureCloudPlatformClientV2 as sdk

from arguments import Unsendable, build, optional_arguments
from decoding import compare
from every_method import Call, Result, problems
from operations import read_example, route
from sdk_methods import match, methods_of


class Decoding(unittest.TestCase):
    def decode(self, type_name, raw):
        return compare(type_name, raw, sdk.ApiClient()._ApiClient__deserialize(raw, type_name))

    def test_a_complete_response_loses_nothing(self):
        raw = {"id": "1", "version": 3, "acdAutoAnswer": True, "dateLastLogin": "2025-01-01T00:00:00.000Z", "skills": [{"proficiency": 4.5}]}
        comparison = self.decode("User", raw)
        self.assertEqual((comparison.undecoded, comparison.ignored), ([], []))

    def test_a_value_of_another_type_is_found_at_its_path(self):
        for raw, path in [
            ({"name": 3}, "response.name"),
            ({"version": "3"}, "response.version"),
            ({"version": True}, "response.version"),
            ({"acdAutoAnswer": "true"}, "response.acdAutoAnswer"),
            ({"division": "home"}, "response.division"),
            ({"skills": [{"proficiency": 1}, {"proficiency": "4.5"}]}, "response.skills[1].proficiency"),
            ({"skills": {}}, "response.skills"),
        ]:
            with self.subTest(path):
                self.assertEqual([text.split(":")[0] for text in self.decode("User", raw).undecoded], [path])

    def test_an_unknown_value_of_an_enumeration_is_found(self):
        [problem] = self.decode("User", {"state": "asleep"}).undecoded
        self.assertIn("response.state", problem)
        self.assertIn("asleep", problem)

    def test_a_field_that_the_sdk_does_not_have_is_listed(self):
        self.assertEqual(self.decode("User", {"shoeSize": 44}).ignored, ["response.shoeSize"])


class Arguments(unittest.TestCase):
    def test_a_body_becomes_objects_of_the_sdk(self):
        body = build("CreateUser", {"divisionId": "d", "addresses": [{"mediaType": "PHONE"}]}, "body")
        self.assertEqual((body.division_id, body.addresses[0].media_type), ("d", "PHONE"))
        body = build("OutOfOffice", {"endDate": "2025-02-07T17:00:00.000Z"}, "body")
        self.assertEqual(body.end_date, datetime(2025, 2, 7, 17, tzinfo=timezone.utc))

    def test_what_the_sdk_cannot_send_is_named(self):
        for body, words in [
            ({"shoeSize": 44}, "`body.shoeSize`"),
            ({"state": "asleep"}, "`body.state`"),
            ({"name": ["Sample"]}, "`body.name`"),
            ([], "`body`"),
        ]:
            with self.subTest(words), self.assertRaisesRegex(Unsendable, words):
                build("CreateUser", body, "body")

    def test_an_example_is_read_as_the_shell_reads_it(self):
        command = """rosterkit --sandbox call genesys-users op --params '{"a":"b c"}' --body '[1]'"""
        self.assertEqual(read_example(command), ({"a": "b c"}, [1]))
        self.assertEqual(read_example("rosterkit call genesys-users op"), ({}, None))
        with self.assertRaises(ValueError):
            read_example("rosterkit call genesys-users op --quiet x")
        self.assertEqual(read_example("""rosterkit call lms get && rosterkit call lms op --body 'A,B' --file x=@y"""), ({}, "A,B"))

    def test_a_method_is_read_from_its_docstring_and_source(self):
        methods = {method.name: method for method in methods_of(sdk.UsersApi)}
        method = methods["patch_user_queues"]
        self.assertEqual(method.route, route("PATCH", "/api/v2/users/{id}/queues"))
        self.assertEqual(method.return_type, "UserQueueEntityListing")
        parameters = [(it.name, it.wire_name, it.type_name, it.required) for it in method.parameters]
        self.assertEqual(parameters, [
            ("user_id", "userId", "str", True),
            ("body", None, "list[UserQueue]", True),
            ("division_id", "divisionId", "list[str]", False),
        ])


    def test_a_fixed_part_of_a_path_is_an_argument_where_no_method_has_it(self):
        def operation(method, path):
            return Stub(id=path, method=method, path=path, route=route(method, path))

        move = operation("POST", "/api/v2/authorization/divisions/{divisionId}/objects/USER")
        me, user = operation("GET", "/api/v2/users/me"), operation("GET", "/api/v2/users/{id}")
        methods = methods_of(sdk.AuthorizationApi) + methods_of(sdk.UsersApi)
        found = {method.name: (operation, method.fixed_values(operation)) for method, operation in match(methods, [move, me, user])}
        self.assertEqual(found, {
            "post_authorization_division_object": (move, {"objectType": "USER"}),
            "get_user": (user, {}),
            "get_users_me": (me, {}),
        })

    def test_optional_arguments_have_every_known_value(self):
        methods = {method.name: method for method in methods_of(sdk.UsersApi)}
        operation = Stub(listed_values={"expand": ["skills", "team"], "state": ["active", "deleted"], "userId": ["no option"]})
        options = list(optional_arguments(methods["get_user"], operation, {"userId": "no option", "state": "listed"}))
        self.assertEqual(options, [
            ("expand=*", {"expand": ["skills", "team"]}),
            ("state=active", {"state": "active"}),
            ("state=deleted", {"state": "deleted"}),
        ])
        options = dict(optional_arguments(methods["get_user_queues"], Stub(listed_values={}), {"divisionId": "d"}))
        self.assertEqual(options["joined=False"], {"joined": False})
        self.assertEqual(options["pageSize=2"], {"page_size": 2})
        self.assertEqual(options["divisionId=*"], {"division_id": ["d"]})


class Verdict(unittest.TestCase):
    REFUSAL = {"outcome": "refused", "status": 404, "code": "not.found", "reason": "it is gone"}

    def problems(self, *result, called=("op",), expected=None, unknown=()):
        call = Call("Api.op", Stub(id="op"))
        call.result = Result(*result)
        return list(problems([call], [call.operation], set(called), expected or {}, unknown))

    def test_an_answer_and_an_expected_refusal_are_fine(self):
        self.assertEqual(self.problems("answered", 200), [])
        self.assertEqual(self.problems("refused", 404, "not.found", expected={"op": self.REFUSAL}), [])

    def test_everything_else_fails_the_run(self):
        for name, found in [
            ("server error", self.problems("failed", 500, "internal")),
            ("unexpected refusal", self.problems("refused", 404, "not.found")),
            ("another status", self.problems("refused", 400, "not.found", expected={"op": self.REFUSAL})),
            ("another code", self.problems("refused", 404, "gone", expected={"op": self.REFUSAL})),
            ("refusal that did not come", self.problems("answered", 200, expected={"op": self.REFUSAL})),
            ("failure in place of a refusal", self.problems("failed", 404, expected={"op": self.REFUSAL})),
            ("operation not called", self.problems("answered", 200, called=())),
            ("method without operation", self.problems("answered", 200, unknown=["UsersApi.get_shoes"])),
            ("refusal expected of no call", self.problems("answered", 200, expected={"op x=1": self.REFUSAL})),
        ]:
            with self.subTest(name):
                self.assertEqual(len(found), 1, found)


if __name__ == "__main__":
    unittest.main()
