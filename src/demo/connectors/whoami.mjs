// What both connectors do: one tool that asks the provider whose token this is. There is no OAuth in here: the token
// is handed in ready, and whether it is fresh is not this program's business.

const tool = {
  name: "whoami",
  description: "Says whose access token arrived, by asking the provider's userinfo endpoint.",
  inputSchema: { type: "object", properties: {}, additionalProperties: false },
};

/** Answers one MCP request. `token` is undefined when none arrived; `where` says where it arrives. */
export async function answer(request, token, where) {
  const { id, method, params } = request;
  const result = (value) => ({ jsonrpc: "2.0", id, result: value });
  switch (method) {
    case "initialize":
      return result({
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: `whoami-${where}`, version: "1.0.0" },
      });
    case "ping":
      return result({});
    case "tools/list":
      return result({ tools: [tool] });
    case "tools/call":
      return result(await whoami(token, where));
    default:
      return { jsonrpc: "2.0", id, error: { code: -32601, message: `no method ${method}` } };
  }
}

async function whoami(token, where) {
  if (!token) return text(`no token arrived in the ${where}`, true);
  const reply = await fetch(process.env.USERINFO_URL, { headers: { authorization: `Bearer ${token}` } });
  if (!reply.ok) return text(`the provider answered ${reply.status} to the token in the ${where}`, true);
  const { name, sub } = await reply.json();
  // The end of the token tells two tokens apart without giving one away.
  return text(JSON.stringify({ name, sub, token: token.slice(-6), where }), false);
}

function text(text, isError) {
  return { content: [{ type: "text", text }], isError };
}
