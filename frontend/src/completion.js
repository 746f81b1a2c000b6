// What the editor offers while one types: our prefixes, well-known names, and terms of the vocabulary by their words.
import { compact } from "./iris.js";

const BEFORE = { name: /(?:^|[\s({[|/^!;,.])([A-Za-z][\w-]*):([\w-]*)$/, term: /<([^<>"{}|^`\\\s]*)$/ };

function before(yasqe) {
  const cursor = yasqe.getDoc().getCursor();
  return yasqe.getDoc().getLine(cursor.line).slice(0, cursor.ch);
}

function place(yasqe, token, typed) {
  const cursor = yasqe.getDoc().getCursor();
  return { ...token, string: typed, autocompletionString: typed, from: { line: cursor.line, ch: cursor.ch - typed.length }, to: { line: cursor.line, ch: cursor.ch } };
}

export function prefixCompleter(page) {
  const known = Object.entries(page.prefixes).map(([name, iri]) => `${name}: <${iri}>`);
  return { name: "prefixes", persistenceId: undefined, get: () => Promise.resolve(known) };
}

// Properties and classes: "skos:pr" becomes skos:prefLabel.
export function namesCompleter(page) {
  const names = Object.entries(page.names)
    .map(([iri, label]) => [compact(iri, page.prefixes), label])
    .sort();
  const labels = new Map(names);
  return {
    name: "names",
    bulk: false,
    autoShow: true,
    isValidCompletionPosition: (yasqe) => {
      const found = BEFORE.name.exec(before(yasqe));
      return found !== null && found[1] in page.prefixes && !page.prefixes[found[1]].startsWith(page.base);
    },
    preProcessToken: (yasqe, token) => {
      const found = BEFORE.name.exec(before(yasqe));
      return place(yasqe, token, found ? `${found[1]}:${found[2]}` : "");
    },
    get: (_yasqe, token) => names.map(([name]) => name).filter((name) => name.startsWith(token.string) && name !== token.string),
    postprocessHints: (_yasqe, hints) => hints.map((hint) => ({ ...hint, displayText: `${hint.text}  ${labels.get(hint.text)}` })),
  };
}

// Terms of the vocabulary, by search: "<apprentice" or "topic:apprentice", then Ctrl and the space bar.
export function termsCompleter(page) {
  const labels = new Map();
  const own = (name) => name in page.prefixes && page.prefixes[name].startsWith(page.base);

  function typed(yasqe) {
    const text = before(yasqe);
    const term = BEFORE.term.exec(text);
    if (term) return { written: term[0], words: term[1].slice(term[1].lastIndexOf("/") + 1), prefixed: false };
    const name = BEFORE.name.exec(text);
    if (name && own(name[1])) {
      const kind = page.kinds.find((each) => page.prefixes[name[1]] === `${page.base}${each}/`);
      return { written: `${name[1]}:${name[2]}`, words: name[2], prefixed: true, kind };
    }
    return null;
  }

  return {
    name: "terms",
    bulk: false,
    autoShow: false,
    isValidCompletionPosition: (yasqe) => (typed(yasqe)?.words.length ?? 0) > 1,
    preProcessToken: (yasqe, token) => place(yasqe, token, typed(yasqe)?.written ?? ""),
    get: async (yasqe) => {
      const asked = typed(yasqe);
      if (!asked) return [];
      const words = asked.words.replace(/[-_]+/g, " ").slice(0, 200);
      const search = new URLSearchParams({ q: words });
      if (asked.kind) search.set("kind", asked.kind);
      const response = await fetch(`${page.root}/search?${search}`, { headers: { Accept: "application/json" } });
      if (!response.ok) return [];
      const found = (await response.json()).results.map((each) => {
        const label = each.prefLabel.en ?? Object.values(each.prefLabel)[0] ?? "";
        const short = compact(each.id, page.prefixes);
        const written = asked.prefixed && /^[\w-]+:[\w-]+$/.test(short) ? short : `<${each.id}>`;
        labels.set(written, label);
        return written;
      });
      // Names that begin with what was typed come first, the shortest before the others.
      const begins = (written) => labels.get(written).toLowerCase().startsWith(words.toLowerCase());
      const first = found.filter(begins).sort((one, other) => labels.get(one).length - labels.get(other).length);
      return [...first, ...found.filter((written) => !begins(written))];
    },
    postprocessHints: (_yasqe, hints) =>
      hints.map((hint) => ({ ...hint, displayText: `${labels.get(hint.text) ?? ""}  ${compact(hint.text.replace(/^<|>$/g, ""), page.prefixes)}` })),
  };
}
