// <pathways-term src="IRI" lang="en">: a card with the name and the meaning of a term.
// Until the server has answered, and where it does not, what the element holds is shown: a link, best of all.
import { element } from "./elements.js";
import { marks } from "./pathways-options.js";
import { describe, languageOf, serverOf, webAddress } from "./pathways-server.js";
import { sheetOf } from "./pathways-sheets.js";
import COLOURS from "./pathways-colours.css";
import STYLE from "./pathways-term.css";
import { wordsIn } from "./pathways-words.js";

export class PathwaysTerm extends HTMLElement {
  static observedAttributes = ["src", "lang", "server"];

  #asked = 0;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheetOf(COLOURS), sheetOf(STYLE)];
    this.body = element("article", { part: "card" });
    root.append(this.body);
    this.#waiting();
  }

  get src() {
    return this.getAttribute("src") ?? this.querySelector("a[href]")?.getAttribute("href") ?? "";
  }

  set src(iri) {
    this.setAttribute("src", iri);
  }

  connectedCallback() {
    this.#load();
  }

  attributeChangedCallback(name, before, after) {
    if (this.isConnected && before !== after) this.#load();
  }

  async #load() {
    const number = ++this.#asked;
    const iri = this.src.trim();
    if (!iri) return this.#fail("unknown", "");
    const [server, lang] = [serverOf(this), languageOf(this)];
    try {
      const term = await describe(server, iri, lang);
      if (number !== this.#asked) return undefined;
      if (term.status === "unknown" || term.status === "withdrawn") return this.#fail(term.status, iri);
      return this.#show(term, server, lang);
    } catch {
      return number === this.#asked ? this.#fail("unreachable", iri) : undefined;
    }
  }

  #waiting() {
    this.body.replaceChildren(element("div", { part: "label", class: "label" }, element("slot")));
  }

  #show(term, server, lang) {
    const words = wordsIn(lang);
    const address = webAddress(term.page, server);
    const name = element("a", { part: "link", ...(address && { href: address }), ...marks(term.lang) }, term.label);
    const badge = term.status === "deprecated" ? element("span", { part: "badge", class: "badge" }, words.deprecated) : null;
    const parts = [
      element("div", { part: "kind", class: "kind" }, term.kindLabel, badge),
      element("div", { part: "label", class: "label" }, name),
    ];
    if (term.replacedBy?.length) {
      const note = element("p", { part: "successor", class: "successor" }, `${words.use} `);
      term.replacedBy.forEach((each, at) => {
        const to = webAddress(each.page, server);
        note.append(at ? ", " : "", element("a", { ...(to && { href: to }), ...marks(each.lang) }, each.label));
      });
      note.append(` ${words.instead}`);
      parts.push(note);
    }
    if (term.definition) {
      parts.push(element("p", { part: "definition", class: "definition", ...marks(term.definitionLang) }, term.definition));
    }
    parts.push(element("footer", { part: "source", class: "source" }, term.vocabulary.title));
    this.body.replaceChildren(...parts);
    this.#tell(term.status, { term });
  }

  #fail(state, iri) {
    const address = webAddress(iri, document.baseURI);
    const slot = element("slot", {}, iri && element("a", { ...(address && { href: address }) }, iri));
    const note = element("p", { part: "problem", class: "problem" }, wordsIn(languageOf(this))[state]);
    this.body.replaceChildren(element("div", { part: "label", class: "label" }, slot), note);
    this.#tell(state, { iri });
  }

  #tell(state, detail) {
    this.dataset.state = state;
    const name = state === "found" || state === "deprecated" ? "pathways-load" : "pathways-error";
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail: { state, ...detail } }));
  }
}
