// The methods of the official SDK, found out by calling them: the SDK has no other description of them that a program can read.
//
// A method is called with a marker for each argument and a client that sends nothing. What the method passes to the client
// says where each argument goes.

import { route } from "./operations.mjs";

/** Where a value of a method ends in the request: the marker that stands for it. */
class Marker {
  constructor(name) {
    this.name = name;
  }
}

/** A method of an API class that sends a request. */
export class Method {
  constructor(apiClass, name) {
    this.apiClass = apiClass;
    this.name = name;
    const sent = this.#record();
    this.path = sent.path;
    this.httpMethod = sent.method;
    this.route = route(sent.method, sent.path);
    // By the name in the request: the argument, and whether it is a list.
    this.parameters = [...Object.entries(sent.pathParams), ...Object.entries(sent.query), ...Object.entries(sent.headers)]
      .filter(([, value]) => value instanceof Marker || value?.list instanceof Marker)
      .map(([wireName, value]) => ({ wireName, argument: (value.list ?? value).name, isList: "list" in value }));
    this.bodyArgument = sent.body instanceof Marker ? sent.body.name : undefined;
  }

  toString() {
    return `${this.apiClass.name}.${this.name}`;
  }

  // The last argument has the options; those before it are required, and named by their position.
  #record() {
    const positions = this.apiClass.prototype[this.name].length - 1;
    this.required = Array.from({ length: positions }, (_, index) => index);
    const options = new Proxy({}, { get: (_, name) => (name === "customHeaders" ? undefined : new Marker(name)) });
    let sent;
    const client = {
      buildCollectionParam: (list, format) => {
        if (format !== "multi") throw new Error(`${this}: unexpected format \`${format}\` of a list`);
        return { list };
      },
      callApi: (path, method, pathParams, query, headers, form, body) => {
        sent = { path, method, pathParams, query, headers, body };
      },
    };
    this.apiClass.prototype[this.name].apply({ apiClient: client }, [...this.required.map((at) => new Marker(at)), options]);
    if (!sent) throw new Error(`${this} sends nothing`);
    return sent;
  }

  /**
   * The path parameters that the operation has a fixed value for, or nothing if the method calls another operation.
   * The spec has `/objects/USER`, where the SDK has `/objects/{objectType}`.
   */
  fixedValues(operation) {
    const [own, given] = [this.path.split("/"), operation.path.split("/")];
    const fixed = {};
    own.forEach((segment, index) => {
      if (segment.startsWith("{") && given[index] && !given[index].startsWith("{")) fixed[segment.slice(1, -1)] = given[index];
    });
    const filled = Object.entries(fixed).reduce((path, [name, value]) => path.replace(`{${name}}`, value), this.path);
    return own.length === given.length && route(this.httpMethod, filled) === operation.route ? fixed : undefined;
  }

  /** The arguments of the example request, by position or by name. Fails if the method cannot express the request. */
  argumentsFor(operation) {
    const left = { ...operation.example.parameters, ...this.fixedValues(operation) };
    const found = {};
    for (const { wireName, argument } of this.parameters) {
      if (wireName in left) found[argument] = left[wireName];
      delete left[wireName];
    }
    if (this.bodyArgument !== undefined && operation.example.body !== undefined) found[this.bodyArgument] = operation.example.body;
    const missing = this.required.find((position) => !(position in found));
    if (missing !== undefined) throw new Error(`the example of ${operation.id} has no value for argument ${missing + 1}`);
    const unsent = Object.keys(left);
    if (unsent.length) throw new Error(`${this} has no parameter for ${unsent.join(", ")}`);
    return found;
  }

  /** Calls the method through a client, with arguments by position or by name. */
  call(client, values) {
    const positional = this.required.map((position) => values[position]);
    const options = Object.fromEntries(Object.entries(values).filter(([name]) => !/^\d+$/.test(name)));
    return new this.apiClass(client)[this.name](...positional, options);
  }
}

/** The methods of an API class that send requests. */
export function methodsOf(apiClass) {
  const names = Object.getOwnPropertyNames(apiClass.prototype).filter((name) => name !== "constructor");
  return names.map((name) => new Method(apiClass, name));
}

/** Every method of every API class of the SDK. */
export function listMethods(sdk) {
  const names = Object.keys(sdk).filter((name) => name.endsWith("Api")).sort();
  return names.flatMap((name) => methodsOf(sdk[name]));
}

/** The methods with the operations that they call, in the order of the methods. */
export function match(methods, operations) {
  const byRoute = new Map(operations.map((operation) => [operation.route, operation]));
  const routes = new Set(methods.map((method) => method.route));
  // The path of a method can stand for several: `/users/{userId}` is not for `/users/me`, which has a method of its own.
  const left = operations.filter((operation) => !routes.has(operation.route));
  return methods.flatMap((method) => {
    const own = byRoute.get(method.route);
    const matching = own ? [own] : left.filter((operation) => method.fixedValues(operation));
    return matching.map((operation) => [method, operation]);
  });
}
