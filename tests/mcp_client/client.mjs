// Does what an assistant does, with the official client: node client.mjs http ADDRESS, or stdio COMMAND ARGUMENT...
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [kind, target, ...args] = process.argv.slice(2);
const transport = kind === "http"
  ? new StreamableHTTPClientTransport(new URL(target))
  : new StdioClientTransport({ command: target, args });
const client = new Client({ name: "test", version: "1" });
await client.connect(transport);
const { tools } = await client.listTools();
// The client holds what comes against the schemas of the tools.
const found = await client.callTool({ name: "search_terms", arguments: { query: "career pathways", limit: 1 } });
const iri = found.structuredContent.results[0].iri;
const term = await client.callTool({ name: "get_term", arguments: { iri } });
const wrong = await client.callTool({ name: "get_term", arguments: { iri: `${iri}-of-my-own` } });
const { contents } = await client.readResource({ uri: "pathways://vocabulary" });
await client.close();
console.log(JSON.stringify({
  tools: tools.map((tool) => tool.name),
  iri,
  label: term.structuredContent.label,
  wrong: wrong.content[0].text,
  isError: wrong.isError,
  about: contents[0].text,
}));
