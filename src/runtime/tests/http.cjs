// A connector over Streamable HTTP. argv[2] is the port, argv[3] the habit; the answers' form is the tool's.
const http = require("node:http");
const [port, habit] = [Number(process.argv[2]), process.argv[3] ?? "good"];
const sessions = new Map(); // id -> { notes, responses }
const seen = []; // every request: method, session, authorization, JSON-RPC method
let next = 1;
const asked = new Map();
const go = []; // answers that wait
let stuck = false; // takes requests and answers none

const body = async (req) => {
  let text = "";
  for await (const chunk of req) text += chunk;
  return text ? JSON.parse(text) : undefined;
};
const json = (res, status, message, headers) => {
  const text = JSON.stringify({ jsonrpc: "2.0", ...message });
  res.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text), ...headers });
  res.end(text);
};
const stream = (res) => {
  res.writeHead(200, { "content-type": "text/event-stream" });
  return (message) => res.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", ...message })}\n\n`);
};

const tools = {
  echo: (req, res, id, args) => json(res, 200, { id, result: args }),
  log: (req, res, id) => {
    console.log(`called with ${req.headers.authorization.split(" ")[1]}`);
    json(res, 200, { id, result: {} });
  },
  whoami: (req, res, id) => json(res, 200, { id, result: { authorization: req.headers.authorization } }),
  events: (req, res, id, args) => {
    const send = stream(res);
    send({ method: "notifications/progress", params: { progressToken: id, progress: 1 } });
    send({ id, result: args });
    res.end();
  },
  // Ends its stream, in the middle of a line or before anything, without a response.
  mute: (req, res, id, { text }) => {
    res.writeHead(200, { "content-type": "text/event-stream", ...(text ? {} : { "content-length": 0 }) });
    res.end(text);
  },
  hold: (req, res, id) => {
    stream(res)({ method: "notifications/message", params: { level: "info", data: "started" } });
    res.on("close", () => seen.push({ closed: id }));
  },
  // Answers when the test says so, unless its session ends first.
  wait: (req, res, id) => {
    const send = stream(res);
    send({ method: "notifications/message", params: { level: "info", data: "started" } });
    sessions.get(req.headers["mcp-session-id"]).cut = () => res.destroy();
    go.push(() => {
      send({ id, result: {} });
      res.end();
    });
  },
  go: (req, res, id) => {
    for (const answer of go.splice(0)) answer();
    json(res, 200, { id, result: {} });
  },
  elicit: (req, res, id) => {
    const send = stream(res);
    send({ id: "q", method: "elicitation/create", params: { message: "name?" } });
    asked.set("q", (answer) => {
      send({ id, result: { answer } });
      res.end();
    });
  },
  forget: (req, res, id) => {
    json(res, 200, { id, result: {} });
    sessions.clear();
  },
  seen: (req, res, id) => json(res, 200, { id, result: { seen } }),
  refuse: (req, res, id) => json(res, 400, { id: null, error: { code: -32000, message: "no" } }),
  deny: (req, res) => {
    res.writeHead(401, { "www-authenticate": 'Bearer resource_metadata="https://elsewhere.example"' });
    res.end();
  },
  html: (req, res) => {
    res.writeHead(200, { "content-type": "text/html" });
    res.end("<h1>hello</h1>");
  },
  keep: (req, res, id, { name, size }) => {
    require("node:fs").writeFileSync(`${process.env.HOME}/${name}`, Buffer.alloc(size, "x"));
    json(res, 200, { id, result: {} });
  },
  die: () => process.exit(7),
  deaf: (req, res, id) => {
    server.close();
    json(res, 200, { id, result: {} }, { connection: "close" });
    setInterval(() => {}, 1000);
  },
  stick: (req, res, id) => {
    json(res, 200, { id, result: {} });
    stuck = true;
  },
  "die-late": (req, res, id) => {
    stream(res)({ method: "notifications/message", params: { level: "info", data: "started" } });
    setTimeout(() => process.exit(7), 50);
  },
};

const server = http.createServer(async (req, res) => {
  const message = await body(req);
  const session = req.headers["mcp-session-id"];
  const { authorization } = req.headers;
  seen.push({ http: req.method, session, method: message?.method, params: message?.params, authorization });
  if (req.url !== "/mcp") return res.writeHead(404).end();
  if (stuck) return;
  if (habit === "guarded" && !authorization) return tools.deny(req, res);
  if (req.method === "DELETE") {
    sessions.get(session)?.cut?.();
    sessions.delete(session);
    return res.writeHead(204).end();
  }
  if (req.method === "GET") return res.writeHead(405).end();
  const { id, method, params } = message;
  if (method === "initialize") {
    const session = habit === "stateless" ? undefined : `s${next++}`;
    if (session) sessions.set(session, { authorization });
    const result = { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "test" } };
    return json(res, 200, { id, result }, session && { "mcp-session-id": session });
  }
  if (habit !== "stateless" && !sessions.has(session)) return res.writeHead(404).end();
  // Keeps the token that a session was opened with, and takes no other one in it.
  if (habit === "bound" && sessions.get(session).authorization !== authorization) return tools.deny(req, res);
  if (req.headers["mcp-protocol-version"] !== "2025-11-25") return res.writeHead(400).end();
  if (id === undefined || method === undefined) {
    asked.get(id)?.(message);
    return res.writeHead(202).end();
  }
  if (method === "tools/list") return json(res, 200, { id, result: { tools: [{ name: "echo" }] } });
  tools[params.name](req, res, id, params.arguments ?? {});
});
console.log(`listening on ${port}, PORT is ${process.env.PORT}`);
server.listen(port, "127.0.0.1");
