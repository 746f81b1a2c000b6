// The search field of every page: names of terms while one types, chosen with the arrows or passed over.
// The pattern: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/ (list autocomplete with manual selection).
import { element } from "./elements.js";
import { _, ngettext } from "./words.js";

const PAUSE = 150; // Milliseconds without a key before the server is asked.
const SHORTEST = 2;
const KEPT = 60;

class Combobox {
  constructor(input, address) {
    this.input = input;
    this.address = address;
    this.answers = new Map();
    this.options = [];
    this.active = -1;
    this.typed = "";
    const id = `${input.id}-options`;
    this.list = element("ul", { id, class: "options", role: "listbox", "aria-label": _("Terms"), hidden: true });
    this.status = element("div", { class: "hidden", role: "status" });
    input.parentElement.append(this.list, this.status);
    input.parentElement.classList.add("combobox");
    // A field for searching may have no other role; this one may be a combobox.
    const attributes = {
      type: "text",
      inputmode: "search",
      enterkeyhint: "search",
      role: "combobox",
      autocomplete: "off",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": id,
    };
    for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
    input.addEventListener("input", () => this.later());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.close());
    // The field keeps the focus while the pointer is on an option.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const chosen = event.target.closest("[role=option]");
      if (chosen) this.open(this.options[Number(chosen.dataset.number)]);
    });
  }

  get words() {
    return this.input.value.trim().replace(/\s+/g, " ");
  }

  get isOpen() {
    return !this.list.hidden;
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  async ask() {
    const words = this.words;
    this.typed = words;
    this.request?.abort();
    if (words.length < SHORTEST) return this.close();
    let answer = this.answers.get(words);
    if (!answer) {
      this.request = new AbortController();
      const asked = new URLSearchParams({ search: words, format: "json", limit: "8" });
      const language = new URLSearchParams(location.search).get("lang");
      if (language) asked.set("language", language);
      if (document.documentElement.lang !== "en") asked.set("uselang", document.documentElement.lang);
      try {
        const response = await fetch(`${this.address}?${asked}`, { signal: this.request.signal });
        if (!response.ok) return this.close();
        answer = await response.json();
      } catch {
        return undefined; // Asked for something else meanwhile, or offline: the form works all the same.
      }
      this.answers.set(words, answer);
      if (this.answers.size > KEPT) this.answers.delete(this.answers.keys().next().value);
    }
    if (this.typed === words && document.activeElement === this.input) this.show(answer);
    return undefined;
  }

  show(answer) {
    this.options = answer.results;
    this.activate(-1);
    this.list.replaceChildren(...this.options.map((each, number) => this.option(each, number)));
    this.list.hidden = this.options.length === 0;
    this.input.setAttribute("aria-expanded", String(this.isOpen));
    const count = this.options.length;
    this.status.textContent = count ? this.told(count, answer.didYouMean) : _("No term begins so");
  }

  told(count, words) {
    return words
      ? ngettext(
          "%(num)s term for %(words)s, choose with the arrow keys",
          "%(num)s terms for %(words)s, choose with the arrow keys",
          count,
          { words },
        )
      : ngettext("%(num)s term, choose with the arrow keys", "%(num)s terms, choose with the arrow keys", count);
  }

  option(each, number) {
    const name = element("span", each.lang ? { lang: each.lang, dir: "auto" } : {});
    const match = each.matches.find((one) => one.text === each.label);
    for (const part of match ? match.parts : [{ text: each.label, match: false }]) {
      name.append(part.match ? element("mark", {}, part.text) : part.text);
    }
    const attributes = { id: `${this.list.id}-${number}`, role: "option", "aria-selected": "false", "data-number": String(number) };
    return element("li", attributes, name, element("small", {}, each.note));
  }

  activate(number) {
    this.list.children[this.active]?.setAttribute("aria-selected", "false");
    this.active = number;
    const option = this.list.children[number];
    if (!option) return this.input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", option.id);
    return option.scrollIntoView({ block: "nearest" });
  }

  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.list.hidden = true;
    this.status.textContent = "";
    this.input.setAttribute("aria-expanded", "false");
    this.activate(-1);
  }

  open(option) {
    if (option) location.assign(option.page);
  }

  key(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const last = this.options.length - 1;
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (!this.isOpen) {
        if (this.words.length >= SHORTEST) this.ask();
      } else if (!event.altKey) {
        const next = key === "ArrowDown" ? this.active + 1 : this.active - 1;
        // Beyond the ends is the field itself.
        this.activate(next > last || next === -1 ? -1 : next < -1 ? last : next);
      } else if (key === "ArrowUp") this.close();
    } else if (key === "Escape") {
      event.preventDefault();
      if (this.isOpen) this.close();
      else this.input.value = "";
    } else if (key === "Enter" && this.isOpen && this.active >= 0) {
      event.preventDefault();
      this.open(this.options[this.active]);
    } else if (key !== "Enter" && key !== "Tab") this.activate(-1);
  }
}

for (const input of document.querySelectorAll("input[data-suggest]")) new Combobox(input, input.dataset.suggest);
