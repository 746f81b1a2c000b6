// Sends a query and reads an answer that fits into the page.
import { _, ngettext, number } from "./words.js";
const ACCEPT = "application/sparql-results+json, application/problem+json, text/turtle;q=0.9";
const LONGEST_URL = 2000;
const MOST_BYTES = 20_000_000;

export class Problem extends Error {
  constructor(details) {
    super(details.detail);
    Object.assign(this, details);
  }
}

export async function ask(page, query, signal) {
  const asked = new URLSearchParams({ query });
  const short = asked.toString().length <= LONGEST_URL;
  let response;
  try {
    response = short
      ? await fetch(`${page.endpoint}?${asked}`, { headers: { Accept: ACCEPT }, signal })
      : await fetch(page.endpoint, { method: "POST", headers: { Accept: ACCEPT }, body: asked, signal });
  } catch (error) {
    throw unreachable(error);
  }
  const type = (response.headers.get("Content-Type") ?? "").split(";")[0];
  const text = await read(response);
  if (!response.ok) throw await problemOf(response, type, text);
  return type === "text/turtle" ? graph(text) : table(text);
}

function unreachable(error) {
  if (error.name === "AbortError") return error;
  return new Problem({ title: _("No answer"), detail: _("The server cannot be reached (%(why)s). Try again.", { why: error.message }) });
}

async function problemOf(response, type, text) {
  if (type === "application/problem+json") {
    const retry = Number(response.headers.get("Retry-After"));
    const details = JSON.parse(text);
    if (retry > 0) details.advice = _("Try again in %(number)s seconds.", { number: retry });
    return new Problem(details);
  }
  return new Problem({ title: _("Status %(status)s", { status: response.status }), status: response.status, detail: text.slice(0, 500) });
}

async function read(response) {
  const decoder = new TextDecoder();
  const pieces = [];
  let size = 0;
  try {
    for (const reader = response.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > MOST_BYTES) {
        reader.cancel();
        throw new Problem({
          title: _("Too much to show"),
          detail:
            _("The answer has more than %(size)s MB, the most that this page holds. Ask for less with LIMIT, or choose a format under “Answer as” and save it.", { size: MOST_BYTES / 1e6 }),
        });
      }
      pieces.push(decoder.decode(value, { stream: true }));
    }
  } catch (error) {
    throw error instanceof Problem ? error : unreachable(error);
  }
  return pieces.join("") + decoder.decode();
}

function table(text) {
  const parsed = JSON.parse(text);
  if ("boolean" in parsed) {
    return { kind: "boolean", value: parsed.boolean, raw: text, summary: parsed.boolean ? _("Yes.") : _("No.") };
  }
  const rows = parsed.results.bindings;
  const summary = ngettext("%(shown)s row.", "%(shown)s rows.", rows.length, { shown: number(rows.length) });
  return { kind: "table", variables: parsed.head.vars, rows, raw: text, summary };
}

function graph(text) {
  return { kind: "graph", raw: text, summary: _("The graph is below.") };
}
