// A connector on its standard input and output, with habits good and bad. argv[2] is the habit.
const { spawn } = require("node:child_process");
const habit = process.argv[2] ?? "good";
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
const later = (ms, f) => setTimeout(f, ms);
const asked = new Map(); // requests to the client: id -> what to do with the answer
const held = new Map(); // calls that were not answered: id -> params
const heard = []; // notifications

if (habit === "exits") {
  console.error("ACCESS_TOKEN is missing");
  process.exit(3);
}
if (habit === "prints") {
  console.log(`no token but ${process.env.ACCESS_TOKEN}`);
  console.log("usage: prints");
  process.exit(2);
}
if (habit === "junk") console.log("Listening on port 3000");
if (habit === "banner") console.log("Welcome to the connector");
if (habit === "stubborn") {
  process.on("SIGTERM", () => {});
  const child = spawn("/bin/sh", ["-c", "trap '' TERM; while :; do sleep 1; done"], { stdio: "ignore" });
  console.error(`child ${child.pid}`);
  setInterval(() => {}, 1000);
}

const tools = {
  echo: (id, args) => send({ id, result: args }),
  env: (id) => send({ id, result: { env: process.env, cwd: process.cwd(), pid: process.pid, ppid: process.ppid } }),
  slow: (id, args) => later(args.ms, () => send({ id, result: args })),
  hold: (id, args) => held.set(id, args),
  release: (id) => {
    for (const [other, args] of held) send({ id: other, result: args });
    held.clear();
    send({ id, result: {} });
  },
  heard: (id) => send({ id, result: { heard } }),
  keep: (id, { name, size }) => {
    require("node:fs").writeFileSync(`${process.env.HOME}/${name}`, Buffer.alloc(size, "x"));
    send({ id, result: {} });
  },
  die: () => {
    console.error("about to die");
    process.exit(7);
  },
  progress: (id, args, params) => {
    for (let n = 1; n <= 3; n++)
      send({ method: "notifications/progress", params: { progressToken: params._meta.progressToken, progress: n } });
    send({ id, result: {} });
  },
  elicit: (id) => {
    send({ id: 1, method: "elicitation/create", params: { message: "name?" } });
    asked.set(1, (answer) => send({ id, result: { answer } }));
  },
  large: (id, args) => send({ id, result: { text: "x".repeat(args.size) } }),
  endless: () => {
    const piece = "x".repeat(1024 * 1024);
    const more = () => process.stdout.write(piece, more);
    more();
  },
  ping: (id) => {
    send({ id: "p", method: "ping" });
    asked.set("p", (answer) => send({ id, result: { answer } }));
  },
};

function take(message) {
  const { id, method, params } = message;
  if (method === "initialize") {
    if (habit === "silent" || habit === "junk") return;
    const error = { code: -32602, message: "no such version" };
    if (habit === "refuses") return send({ id, error });
    const capabilities = { tools: {}, resources: {} };
    send({ id, result: { protocolVersion: params.protocolVersion, capabilities, serverInfo: { name: "test" } } });
  } else if (method === "tools/list" && habit === "lists-nothing") {
    const text = `no tools for ${process.env.ACCESS_TOKEN.split(" ").at(-1)} ` + "x".repeat(100000);
    send({ id, error: { code: -32000, message: text } });
  } else if (method === "tools/list") {
    const page = Number(params?.cursor ?? 0);
    const nextCursor = page < 2 ? String(page + 1) : undefined;
    send({ id, result: { tools: [{ name: `tool${page}`, inputSchema: { type: "object" } }], nextCursor } });
  } else if (method === "resources/list") {
    send({ id, result: { resources: [] } });
  } else if (method === "tools/call") {
    tools[params.name](id, params.arguments ?? {}, params);
  } else if (method !== undefined && id !== undefined) {
    send({ id, error: { code: -32601, message: "no such method" } });
  } else if (method !== undefined) {
    heard.push({ method, params });
  } else {
    asked.get(id)?.(message);
    asked.delete(id);
  }
}

let rest = "";
process.stdin.on("data", (chunk) => {
  rest += chunk;
  const lines = rest.split("\n");
  rest = lines.pop();
  for (const line of lines) if (line.trim()) take(JSON.parse(line));
});
process.stdin.on("end", () => habit === "stubborn" || process.exit(0));
