// The official JavaScript SDK. It is installed outside of the repository, in a folder that NODE_PATH names, which `import` ignores.

import { createRequire } from "node:module";

export const sdk = createRequire(import.meta.url)("purecloud-platform-client-v2");
