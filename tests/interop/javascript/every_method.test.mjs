// The checks of `every_method.mjs` find what they are for: each is shown something wrong.

import assert from "node:assert/strict";
import { test } from "node:test";

import { make, optionalArguments, problems } from "./every_method.mjs";
import { readExample, route } from "./operations.mjs";
import { sdk } from "./sdk.mjs";
import { match, methodsOf } from "./sdk_methods.mjs";

const methods = Object.fromEntries(methodsOf(sdk.UsersApi).map((method) => [method.name, method]));

function operation(id, httpMethod, path, example = {}) {
  return { id, path, route: route(httpMethod, path), example: { parameters: {}, body: undefined, ...example } };
}

test("an example is read as the shell reads it", () => {
  const read = readExample(`rosterkit --sandbox call genesys-users op --params '{"a":"b c"}' --body "[1,\\"it's\\"]"`);
  assert.deepEqual(read, { parameters: { a: "b c" }, body: [1, "it's"] });
  assert.deepEqual(readExample("rosterkit call genesys-users op"), { parameters: {}, body: undefined });
  assert.throws(() => readExample("rosterkit call genesys-users op --file x"), /unexpected options/);
});

test("a method is described by what it passes to the client", () => {
  const method = methods.patchUserQueues;
  assert.equal(method.route, route("PATCH", "/api/v2/users/{id}/queues"));
  assert.equal(method.bodyArgument, 1);
  assert.deepEqual(method.parameters, [
    { wireName: "userId", argument: 0, isList: false },
    { wireName: "divisionId", argument: "divisionId", isList: true },
  ]);
});

test("the example becomes arguments, and what the method cannot send is named", () => {
  const put = (parameters, body) => operation("op", "PATCH", "/api/v2/users/{u}/queues", { parameters, body });
  const method = methods.patchUserQueues;
  assert.deepEqual(method.argumentsFor(put({ userId: "u", divisionId: ["d"] }, [])), { 0: "u", 1: [], divisionId: ["d"] });
  assert.throws(() => method.argumentsFor(put({ userId: "u" })), /no value for argument 2/);
  assert.throws(() => method.argumentsFor(put({ userId: "u", shoes: 1 }, [])), /no parameter for shoes/);
});

test("a fixed part of a path is an argument where no method has it", () => {
  const move = operation("move", "POST", "/api/v2/authorization/divisions/{divisionId}/objects/USER");
  const [me, user] = [operation("me", "GET", "/api/v2/users/me"), operation("user", "GET", "/api/v2/users/{id}")];
  const found = match([...methodsOf(sdk.AuthorizationApi), ...Object.values(methods)], [move, me, user]);
  assert.deepEqual(
    found.map(([method, { id }]) => [method.name, id]).sort(),
    [["getUser", "user"], ["getUsersMe", "me"], ["postAuthorizationDivisionObject", "move"]],
  );
  const [method] = found.find(([, { id }]) => id === "move");
  assert.deepEqual(method.fixedValues(move), { objectType: "USER" });
});

test("optional arguments have every known value", () => {
  const described = {
    userId: { type: "text", values: ["no option"] },
    expand: { type: "list of text", values: ["skills", "team"] },
    state: { type: "text", values: ["active", "deleted"] },
  };
  const options = optionalArguments(methods.getUser, described, { userId: "no option", state: "listed" });
  assert.deepEqual(options, [
    { option: "expand=*", values: { expand: ["skills", "team"] } },
    { option: "state=active", values: { state: "active" } },
    { option: "state=deleted", values: { state: "deleted" } },
  ]);
  const unlisted = { joined: { type: "true or false", values: [] }, pageSize: { type: "whole number", values: [] } };
  const names = optionalArguments(methods.getUserQueues, unlisted, { divisionId: "d" }).map(({ option }) => option);
  assert.deepEqual(names, ["pageSize=2", "joined=true", "joined=false", "divisionId=*"]);
});

test("what became of a call is told from what the SDK returns or raises", async () => {
  const outcome = async (call) => {
    const method = { argumentsFor: () => ({}), call };
    return (await make(undefined, { method, operation: undefined, values: {} })).outcome;
  };
  const raised = (error) => () => Promise.reject(error);
  assert.equal(await outcome(async () => ({ status: 200, body: {} })), "answered");
  assert.equal(await outcome(async () => ({ status: 204, body: "" })), "answered");
  assert.equal(await outcome(async () => ({ status: 200, body: "<html>" })), "failed");
  assert.equal(await outcome(raised({ status: 404, body: { code: "not.found" } })), "refused");
  assert.equal(await outcome(raised({ status: 404, body: "not found" })), "failed");
  assert.equal(await outcome(raised({ status: 500, body: { code: "internal" } })), "failed");
  assert.equal(await outcome(raised("Missing the required parameter")), "failed");
  assert.equal(await outcome(raised(new TypeError("in the SDK"))), "failed");
});

test("everything but an answer and an expected refusal fails the run", () => {
  const refusal = { outcome: "refused", status: 404, code: "not.found", reason: "it is gone" };
  const found = (result, { called = ["op"], expected = {}, unknown = [] } = {}) => {
    const call = { key: "op", name: "Api.op", result };
    return problems([call], [{ id: "op" }], new Set(called), expected, unknown).length;
  };
  const answered = { outcome: "answered", status: 200 };
  const refused = { outcome: "refused", status: 404, code: "not.found" };
  assert.equal(found(answered), 0);
  assert.equal(found(refused, { expected: { op: refusal } }), 0);
  for (const [result, context] of [
    [{ outcome: "failed", status: 500, problem: "internal" }, {}],
    [refused, {}],
    [{ ...refused, status: 400 }, { expected: { op: refusal } }],
    [{ ...refused, code: "gone" }, { expected: { op: refusal } }],
    [answered, { expected: { op: refusal } }],
    [answered, { called: [] }],
    [answered, { unknown: ["UsersApi.getShoes"] }],
    [answered, { expected: { "op x=1": refusal } }],
  ]) {
    assert.equal(found(result, context), 1, JSON.stringify([result, context]));
  }
});
