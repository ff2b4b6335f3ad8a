// An MCP server over stdio. The token arrives in the environment, as it does for most published servers.

import { createInterface } from "node:readline";
import { answer } from "./whoami.mjs";

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.method === undefined || message.id === undefined) continue;
  answer(message, process.env.ACCESS_TOKEN, "environment").then((reply) => {
    process.stdout.write(JSON.stringify(reply) + "\n");
  });
}
