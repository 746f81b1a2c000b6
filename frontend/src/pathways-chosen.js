// What is shown of terms that are chosen, and how a field is called across the border of its shadow tree.
import { element } from "./elements.js";
import { marks } from "./pathways-options.js";

// One of several chosen terms, with a button that takes it away.
export function chip(term, words, remove) {
  const button = element("button", { type: "button", part: "remove", "aria-label": words.remove(term.label) }, "×");
  button.addEventListener("click", remove);
  return element("li", { part: "chip", class: term.iri ? false : "free" }, element("span", marks(term.lang), term.label), button);
}

// What is to be known of chosen terms: that another one has taken their place, that there is none.
export function remarks(terms, words, replace) {
  const parts = [];
  for (const each of terms) {
    if (each.status === "unknown" || each.status === "withdrawn") parts.push(`${each.label}: ${words[each.status]} `);
    if (each.status !== "deprecated") continue;
    parts.push(`${each.label}: ${words.deprecated}. `);
    for (const next of each.replacedBy ?? []) {
      const button = element("button", { type: "button" }, `${words.use} ${next.label}`);
      button.addEventListener("click", () => replace(each, next));
      parts.push(button, " ");
    }
  }
  return parts;
}

// What a form sends of terms and of words that are none.
export function asForm(terms, name, labelName) {
  const sent = new FormData();
  for (const { iri, label } of terms) {
    // Where there is no field for labels, text that is no term goes as it would from a plain field.
    if (name) sent.append(name, iri || (labelName ? "" : label));
    if (labelName) sent.append(labelName, label);
  }
  return sent;
}

// The text of elements that are named by their ids: the ids mean nothing within a shadow tree.
export function textOf(host, ids) {
  const tree = host.getRootNode();
  const found = (ids ?? "").split(/\s+/).filter(Boolean);
  return found.map((id) => tree.getElementById?.(id)?.textContent.trim() ?? "").join(" ").trim();
}

// The text of labels without that of the field, which may be in one.
export function textOfLabels(host, labels) {
  const texts = [];
  for (const label of labels) {
    const walker = document.createTreeWalker(label, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) if (!host.contains(walker.currentNode)) texts.push(walker.currentNode.data);
  }
  return texts.join(" ").replace(/\s+/g, " ").trim();
}
