// The operations of the Genesys spec, as the command line describes them: their paths, parameters and example requests.

import { execFileSync } from "node:child_process";

const API = "genesys-users";

/** Every operation of the spec, with the request that the spec gives as its example. */
export function listOperations() {
  return rosterkit("ops", API).map(({ id, method, path, example }) => ({
    id,
    path,
    route: route(method, path),
    example: readExample(example),
  }));
}

/** The parameters of an operation, by their names in requests. */
export function parametersOf(operation) {
  const { parameters } = rosterkit("ops", "show", operation.id, "--api", API);
  return Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter]));
}

/** A method and a path without the names of its parameters, which differ between the spec and the SDK. */
export function route(method, path) {
  return `${method} ${path.replace(/\{[^}]*\}/g, "{}")}`;
}

/** The parameters and the body of an example, which is a command line: `… call API OPERATION --params JSON --body JSON`. */
export function readExample(command) {
  const words = splitWords(command);
  const options = words.slice(words.indexOf(API) + 2);
  const values = {};
  for (let index = 0; index < options.length; index += 2) {
    if (!["--params", "--body"].includes(options[index]) || index + 1 === options.length) {
      throw new Error(`unexpected options in the example \`${command}\``);
    }
    values[options[index]] = JSON.parse(options[index + 1]);
  }
  return { parameters: values["--params"] ?? {}, body: values["--body"] };
}

/** The words of a command line, as the shell splits it. */
function splitWords(command) {
  const words = command.match(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+/g) ?? [];
  const part = /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/gs;
  return words.map((word) =>
    word.replace(part, (_, single, double, escaped) => single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped),
  );
}

function rosterkit(...words) {
  const output = execFileSync(process.env.ROSTERKIT, [...words, "--output", "json"], { maxBuffer: 1 << 26 });
  return JSON.parse(output);
}
