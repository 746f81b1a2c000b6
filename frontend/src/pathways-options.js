// The list of terms below a field: one of them is active while the field keeps the focus, and none at first.
import { element } from "./elements.js";

// What is said of a text whose language is known.
export function marks(lang) {
  return lang ? { lang, dir: "auto" } : {};
}

export class Options {
  #options = [];
  #active = -1;

  constructor(input, choose) {
    this.input = input;
    this.list = element("ul", { id: "list", class: "list", part: "list", role: "listbox", hidden: true });
    const said = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "list" };
    for (const [name, value] of Object.entries(said)) input.setAttribute(name, value);
    // The field keeps the focus while the pointer is on an option.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) choose(this.#options[Number(option.dataset.number)]);
    });
  }

  get isOpen() {
    return !this.list.hidden;
  }

  get active() {
    return this.isOpen ? this.#options[this.#active] : undefined;
  }

  show(results) {
    this.#options = results;
    this.activate(-1);
    this.list.replaceChildren(...results.map((each, number) => this.#option(each, number)));
    this.list.hidden = results.length === 0;
    this.input.setAttribute("aria-expanded", String(this.isOpen));
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.activate(-1);
  }

  // Beyond the ends is the field itself.
  move(step) {
    const last = this.#options.length - 1;
    const next = this.#active + step;
    this.activate(next > last || next === -1 ? -1 : next < -1 ? last : next);
  }

  activate(number) {
    this.list.children[this.#active]?.setAttribute("aria-selected", "false");
    this.#active = number;
    const option = this.list.children[number];
    if (!option) return this.input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", option.id);
    return option.scrollIntoView({ block: "nearest" });
  }

  #option(each, number) {
    const name = element("span", marks(each.lang));
    const match = each.matches?.find((one) => one.text === each.label);
    for (const part of match ? match.parts : [{ text: each.label, match: false }]) {
      name.append(part.match ? element("mark", {}, part.text) : part.text);
    }
    const attributes = { id: `option-${number}`, part: "option", role: "option", "aria-selected": "false", "data-number": String(number) };
    return element("li", attributes, name, element("small", {}, each.note));
  }
}
