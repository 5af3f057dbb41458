// Tests of a program that uses the official JavaScript SDK of Genesys Cloud, against the sandbox.
//
// The sandbox starts once, on a free port. Each test begins with its sample people, whatever the tests before it changed.
//
//     npm install purecloud-platform-client-v2
//     node --test sandbox_example.test.cjs

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const fs = require("node:fs/promises");
const os = require("node:os");
const path = require("node:path");
const { after, before, beforeEach, test } = require("node:test");

const genesys = require("purecloud-platform-client-v2");

/** A sandbox of its own, with its addresses and credentials in `info`. */
class Sandbox {
  async start() {
    this.folder = await fs.mkdtemp(path.join(os.tmpdir(), "sandbox-"));
    const ready = path.join(this.folder, "sandbox.json");
    const program = process.env.ROSTERKIT ?? "rosterkit";
    this.process = spawn(program, ["sandbox", "--users", "50", "--ready-file", ready], { stdio: ["ignore", "pipe", "inherit"] });
    this.ended = once(this.process, "close");
    // The first output comes when the sandbox listens. The file is complete by then. A program that cannot read the output
    // waits for the file instead.
    const ended = this.ended.then(([code]) => Promise.reject(new Error(`the sandbox did not start: exit code ${code}`)));
    await Promise.race([once(this.process.stdout, "data"), ended]);
    ended.catch(() => {});
    this.info = JSON.parse(await fs.readFile(ready, "utf8"));
  }

  /** Discards every change. */
  async reset() {
    const response = await fetch(`${this.info.control_url}/state`, { method: "DELETE" });
    assert.equal(response.status, 200);
  }

  async stop() {
    this.process.kill("SIGINT");
    await this.ended;
    await fs.rm(this.folder, { recursive: true });
  }
}

const sandbox = new Sandbox();
const client = genesys.ApiClient.instance;
const users = new genesys.UsersApi();

before(async () => {
  await sandbox.start();
  const { hostname, port, pathname } = new URL(sandbox.info.genesys.base_url);
  const paths = { path_params_login: "login", path_params_api: pathname.slice(1) };
  client.setGateway({ host: hostname, protocol: "http", port: Number(port), ...paths });
});
after(() => sandbox.stop());
beforeEach(async () => {
  // It discards the tokens that were issued, too.
  await sandbox.reset();
  await client.loginClientCredentialsGrant(sandbox.info.genesys.client_id, sandbox.info.genesys.client_secret);
});

test("a user is created", async () => {
  const { total } = await users.getUsers();
  const created = await users.postUsers({ name: "Ann Sample", email: "ann.sample@example.com", state: "active" });
  assert.equal((await users.getUser(created.id)).email, "ann.sample@example.com");
  assert.equal((await users.getUsers()).total, total + 1);
});

test("no test sees what another one created", async () => {
  const created = await users.postUsers({ name: "Another Ann Sample", email: "ann.sample@example.com" });
  assert.ok(created.id, "the address is free again");
});
