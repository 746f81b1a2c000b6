// <pathways-term> and <pathways-picker>: terms of a vocabulary in anybody's pages, as one module without dependencies.
// It is served at /embed/pathways.js, and asks the server it came from (docs/web-components.md).
import { PathwaysPicker } from "./pathways-picker.js";
import { PathwaysTerm } from "./pathways-term.js";

// Two versions of the module in one page: the first one stays.
for (const [name, made] of Object.entries({ "pathways-term": PathwaysTerm, "pathways-picker": PathwaysPicker })) {
  if (!customElements.get(name)) customElements.define(name, made);
}

export { PathwaysPicker, PathwaysTerm };
