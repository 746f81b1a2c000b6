// Asks the server for terms and suggestions; what is asked for in one moment goes in one request.

const HOME = new URL("../", import.meta.url).href;
const TOGETHER = 20; // Terms in one request; the server takes 50.
const LONGEST = 6000; // Characters of the terms in one address.
const KEPT = 200;
const PATIENCE = 10_000; // Milliseconds after which a server counts as unreachable.

const described = new Map();
const suggested = new Map();
const waiting = new Map();

// The address of the server: what an element says, else where this module came from.
export function serverOf(host) {
  const named = host.getAttribute("server");
  if (!named) return HOME;
  try {
    return new URL(named.endsWith("/") ? named : `${named}/`, document.baseURI).href;
  } catch {
    return HOME;
  }
}

// The nearest language that is said of an element, across the borders of shadow trees.
export function languageOf(host) {
  for (let at = host; at; at = at.parentNode ?? at.host) {
    const said = at.getAttribute?.("lang");
    if (said) return said;
  }
  return navigator.language || "en";
}

// An address that may be linked to; anything but the web is nothing.
export function webAddress(text, base) {
  try {
    const address = new URL(text, base);
    return /^https?:$/.test(address.protocol) ? address.href : "";
  } catch {
    return "";
  }
}

async function ask(address, signal) {
  const signals = [AbortSignal.timeout(PATIENCE), ...(signal ? [signal] : [])];
  const response = await fetch(address, { credentials: "omit", signal: AbortSignal.any?.(signals) ?? signal });
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return response.json();
}

// Gives what a term is called and what it means: {status, id, label, lang, page, …}; fails where nobody answers.
export function describe(server, iri, lang) {
  const key = JSON.stringify([server, lang]);
  const kept = described.get(key + iri);
  if (kept) return kept;
  const asked = new Promise((resolve, reject) => {
    if (!waiting.has(key)) {
      waiting.set(key, []);
      queueMicrotask(() => send(key, server, lang));
    }
    waiting.get(key).push({ iri, resolve, reject });
  });
  keep(described, key + iri, asked);
  asked.catch(() => described.delete(key + iri)); // Another try may find the server again.
  return asked;
}

function send(key, server, lang) {
  const all = waiting.get(key);
  waiting.delete(key);
  for (const some of portions(all)) {
    const query = new URLSearchParams([["lang", lang], ...some.map(({ iri }) => ["iri", iri])]);
    ask(`${server}embed/terms?${query}`)
      .then(({ terms, vocabulary }) => {
        if (terms.length !== some.length) throw new Error(`${server} answered for other terms`);
        some.forEach(({ resolve }, at) => resolve({ ...terms[at], vocabulary }));
      })
      .catch((failure) => some.forEach(({ reject }) => reject(failure)));
  }
}

function* portions(all) {
  let some = [];
  let length = 0;
  for (const each of all) {
    const more = encodeURIComponent(each.iri).length + 5;
    if (some.length === TOGETHER || (some.length && length + more > LONGEST)) {
      yield some;
      [some, length] = [[], 0];
    }
    some.push(each);
    length += more;
  }
  if (some.length) yield some;
}

// Gives terms for what somebody has begun to type: {results, didYouMean}.
export async function suggest(server, { words, lang, kind, limit }, signal) {
  const query = new URLSearchParams({ search: words, format: "json", limit, language: lang, uselang: lang.split("-")[0] });
  if (kind) query.set("kind", kind);
  const address = `${server}suggest?${query}`;
  const answer = suggested.get(address) ?? (await ask(address, signal));
  keep(suggested, address, answer);
  return answer;
}

function keep(kept, key, value) {
  kept.delete(key);
  kept.set(key, value);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value);
}
