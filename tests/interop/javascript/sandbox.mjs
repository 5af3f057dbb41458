// Starts the sandbox as a program, and stops it by its process.

import { spawn } from "node:child_process";
import { once } from "node:events";
import readline from "node:readline";

/** A running sandbox with its address and a user's token. */
export class Sandbox {
  static async start({ users = 100, seed = 1 } = {}) {
    const program = spawn(process.env.ROSTERKIT_SANDBOX, ["--port", "0", "--users", users, "--seed", seed].map(String), {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const sandbox = new Sandbox(program);
    try {
      await sandbox.#readAddress();
    } catch (error) {
      await sandbox.stop();
      throw error;
    }
    return sandbox;
  }

  constructor(program) {
    this.program = program;
    this.ended = once(program, "close");
    // `stop` waits for the end; an error of the start is found by whoever reads the output.
    this.ended.catch(() => {});
  }

  // The program prints its addresses once it listens, and closes its output when it cannot start.
  async #readAddress() {
    for await (const line of readline.createInterface({ input: this.program.stdout })) {
      const found = /http:\/\/([0-9.]+):(\d+)\/genesys\b/.exec(line);
      if (found) {
        [, this.host, this.port] = [null, found[1], Number(found[2])];
        break;
      }
    }
    if (!this.host) throw new Error("the sandbox ended without printing an address");
    const info = await this.control("GET", "/info");
    this.token = info.credentials.genesysToken;
  }

  /** Calls the control endpoint. */
  async control(method, path) {
    const response = await fetch(`http://${this.host}:${this.port}/_sandbox${path}`, { method });
    if (!response.ok) throw new Error(`${method} ${path}: status ${response.status} from the sandbox`);
    return response.json();
  }

  /** Discards every change and empties the request log. */
  async reset() {
    await this.control("DELETE", "/state");
    await this.control("DELETE", "/requests");
  }

  /** The requests that the Genesys service received since the last reset. */
  async requests() {
    return (await this.control("GET", "/requests?service=genesys-users")).requests;
  }

  /** Asks the program to stop, and waits until it has. */
  async stop() {
    this.program.kill("SIGINT");
    await this.ended;
  }
}
