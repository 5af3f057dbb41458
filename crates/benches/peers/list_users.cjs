// Lists the users of a server with the official JavaScript SDK of Genesys Cloud, twice, and prints what the second time took.

const genesys = require("purecloud-platform-client-v2");

/** The number of users, read page by page. */
async function listed(users) {
  let count = 0;
  for (let pageNumber = 1; ; pageNumber += 1) {
    const page = await users.getUsers({ pageSize: 100, pageNumber });
    count += page.entities.length;
    if (!page.nextUri) return count;
  }
}

async function main() {
  const { hostname, port } = new URL(process.argv[2]);
  const client = genesys.ApiClient.instance;
  client.setGateway({ host: hostname, protocol: "http", port: Number(port) });
  client.setAccessToken("token");
  const users = new genesys.UsersApi();
  await listed(users);
  const start = performance.now();
  const count = await listed(users);
  console.log(JSON.stringify({ count, seconds: (performance.now() - start) / 1000 }));
}

main();
