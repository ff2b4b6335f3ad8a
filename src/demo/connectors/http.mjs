// An MCP server over Streamable HTTP. The token arrives in each request's Authorization header.

import { createServer } from "node:http";
import { answer } from "./whoami.mjs";

createServer(async (request, response) => {
  if (request.method !== "POST") return response.writeHead(405).end();
  const parts = [];
  for await (const part of request) parts.push(part);
  let message;
  try {
    message = JSON.parse(Buffer.concat(parts));
  } catch {
    return response.writeHead(400).end();
  }
  if (message.method === undefined || message.id === undefined) return response.writeHead(202).end();
  const token = request.headers.authorization?.replace(/^Bearer /, "");
  const body = JSON.stringify(await answer(message, token, "header"));
  response.writeHead(200, { "content-type": "application/json" }).end(body);
}).listen(Number(process.env.PORT), "127.0.0.1");
