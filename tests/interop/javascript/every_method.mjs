// Calls every method of the official JavaScript SDK whose operation the spec has, and prints what became of each.
//
// A method is called with the example of its operation, and again with each value of each optional parameter. Each call finds
// the sandbox as it was at the start. The run fails if a call is answered with a server error or not with JSON, if an
// operation of the spec was not called or a method of `UsersApi` has none, and if a refusal is not the one that
// `expected_refusals.json` has, or if one of these does not come. That file is shared with the Python SDK.

import { readFile } from "node:fs/promises";

import { listOperations, parametersOf } from "./operations.mjs";
import { listMethods, match } from "./sdk_methods.mjs";

const EXPECTED = new URL("../expected_refusals.json", import.meta.url);
const OUTCOMES = ["answered", "refused", "not sent", "failed"];
// Within the limits of every page size, and no parameter's default.
const WHOLE_NUMBER = 2;

/**
 * Every optional argument whose values are known, each with a text that names it: `state=deleted`. A list has all its values
 * at once. `described` has the parameters of the operation, `known` has values for those that the spec lists none for.
 */
export function optionalArguments(method, described, known) {
  return method.parameters
    .filter(({ argument }) => typeof argument === "string")
    .flatMap(({ wireName, argument, isList }) => {
      const parameter = described[wireName];
      const values = parameter?.values.length ? parameter.values : unlistedValues(wireName, parameter, known);
      if (isList) return values.length ? [{ option: `${wireName}=*`, values: { [argument]: values } }] : [];
      return values.map((value) => ({ option: `${wireName}=${value}`, values: { [argument]: value } }));
    });
}

/** The values of a parameter that the spec lists none for. */
function unlistedValues(wireName, parameter, known) {
  if (parameter?.type === "true or false") return [true, false];
  if (parameter?.type === "whole number") return [WHOLE_NUMBER];
  return wireName in known ? [known[wireName]] : [];
}

/** Values for optional parameters that take ids and other texts: those of the examples, and what the sandbox says of a user. */
async function knownValues(sdk, client, operations) {
  const known = {};
  for (const { example } of operations) {
    for (const [name, value] of Object.entries(example.parameters)) known[name] = Array.isArray(value) ? value[0] : value;
  }
  const user = (await new sdk.UsersApi(client).getUser(known.userId)).body;
  // Each holds the whole of the sandbox's past, and is no longer than a year.
  const interval = "2024-01-02T00:00:00Z/2025-01-01T00:00:00Z";
  return Object.assign(known, {
    id: user.id,
    jid: user.chat.jabberId,
    jabberId: user.chat.jabberId,
    name: user.division.name,
    userCustomAttributeSchemaIds: known.schemaId,
    interval,
    completionInterval: interval,
  });
}

/** Makes a call, and says what became of it: the outcome, the status, and the code or the problem. */
export async function make(client, { method, operation, values }) {
  let given;
  try {
    given = { ...method.argumentsFor(operation), ...values };
  } catch (error) {
    return { outcome: "not sent", problem: error.message };
  }
  try {
    const response = await method.call(client, given);
    return answered(response);
  } catch (error) {
    return refused(error);
  }
}

/** The result of a response: it has no body, or JSON, which the SDK does not check. */
function answered({ status, body }) {
  const isJson = body === "" || body === undefined || typeof body === "object";
  return isJson ? { outcome: "answered", status } : { outcome: "failed", status, problem: "the response is not JSON" };
}

/** The result of a call that the SDK ended with an error: an object with the response, or whatever went wrong in the SDK. */
function refused(error) {
  const { status, body } = error ?? {};
  if (status >= 400 && status < 500 && body?.code) return { outcome: "refused", status, code: body.code };
  return { outcome: "failed", status, problem: body?.message ?? error?.message ?? String(error) };
}

/** What fails the run, as lines of text. `unknown` are the methods of `UsersApi` whose operations the spec lacks. */
export function problems(calls, operations, called, expected, unknown = []) {
  const found = calls.flatMap((call) => {
    const problem = problemOf(call.result, expected[call.key]);
    return problem ? [`${call.name}: ${problem}`] : [];
  });
  const excused = (key) => expected[key]?.outcome === "not sent";
  const missed = operations.filter(({ id }) => !called.has(id) && !excused(id));
  const keys = new Set(calls.map((call) => call.key));
  return [
    ...found,
    ...missed.map(({ id }) => `${id}: no method of the SDK called it`),
    ...unknown.map((method) => `${method}: the spec does not have its operation`),
    ...Object.keys(expected)
      .filter((key) => !keys.has(key))
      .map((key) => `${key}: expected_refusals.json has it, but there is no such call`),
  ];
}

/** Why a result fails the run, if it does. */
function problemOf(result, expected) {
  const { outcome, status, code, problem } = result;
  const text = [outcome, status, code, problem].filter(Boolean).join(" ");
  if (outcome === "failed") return text;
  if (!expected) return outcome === "answered" ? undefined : `${text}; not expected in expected_refusals.json`;
  const { reason, ...wanted } = expected;
  const same = Object.entries(wanted).every(([name, value]) => result[name] === value);
  return same ? undefined : `${text}; expected_refusals.json expects something else`;
}

/** Prints a line for each method and for each optional argument that was not answered, and the numbers. */
function printTable(calls, expected) {
  const shown = calls.filter((call) => !call.option || call.result.outcome !== "answered");
  const width = Math.max(...shown.map((call) => call.name.length));
  for (const { name, key, result } of shown) {
    const reason = result.outcome === "answered" ? undefined : expected[key]?.reason;
    const text = [result.code, result.problem, reason].filter(Boolean).join(": ");
    const columns = [name.padEnd(width), result.outcome.padEnd(8), String(result.status ?? "-").padStart(3), text];
    console.log(columns.join("  ").trimEnd());
  }
  console.log();
  for (const [title, chosen] of [
    ["methods", calls.filter((call) => !call.option)],
    ["values of optional parameters", calls.filter((call) => call.option)],
  ]) {
    const count = (outcome) => chosen.filter((call) => call.result.outcome === outcome).length;
    console.log(`${chosen.length} ${title}: ${OUTCOMES.map((outcome) => `${count(outcome)} ${outcome}`).join(", ")}`);
  }
}

/** A client of the sandbox, which returns responses with their status. */
function connect(sdk, sandbox) {
  const client = new sdk.ApiClientClass();
  client.setGateway({ host: sandbox.host, protocol: "http", port: sandbox.port, path_params_login: "login", path_params_api: "genesys" });
  client.setAccessToken(sandbox.token);
  client.setReturnExtendedResponses(true);
  return client;
}

/** Makes the calls, prints the table, and returns the exit code. */
async function main() {
  const [{ sdk }, { Sandbox }] = [await import("./sdk.mjs"), await import("./sandbox.mjs")];
  const expected = JSON.parse(await readFile(EXPECTED, "utf8"));
  const [operations, methods] = [listOperations(), listMethods(sdk)];
  const matches = match(methods, operations);
  const matched = new Set(matches.map(([method]) => method));
  const unknown = methods.filter((method) => method.apiClass === sdk.UsersApi && !matched.has(method));
  const described = new Map(operations.map((operation) => [operation, parametersOf(operation)]));
  const called = new Set();
  const sandbox = await Sandbox.start();
  let calls;
  try {
    const client = connect(sdk, sandbox);
    const known = await knownValues(sdk, client, operations);
    calls = matches.flatMap(([method, operation]) =>
      [{ option: "", values: {} }, ...optionalArguments(method, described.get(operation), known)].map((chosen) => ({
        ...chosen,
        method,
        operation,
        name: `${method} ${chosen.option}`.trimEnd(),
        key: `${operation.id} ${chosen.option}`.trimEnd(),
      })),
    );
    for (const call of calls) {
      await sandbox.reset();
      call.result = await make(client, call);
      for (const { operation } of await sandbox.requests()) called.add(operation);
    }
  } finally {
    await sandbox.stop();
  }
  printTable(calls, expected);
  const found = problems(calls, operations, called, expected, unknown);
  for (const problem of found) console.log(`FAILED ${problem}`);
  return found.length ? 1 : 0;
}

if (process.argv[1] === new URL(import.meta.url).pathname) process.exitCode = await main();
