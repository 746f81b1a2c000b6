// <pathways-picker name="subject" label-name="subject_label" kind="topic" multiple>: a field in which a term is chosen.
// The pattern: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/ (list autocomplete with manual selection).
// A form gets the IRI, and what was typed where nothing was chosen; an <input> inside is the field without scripts.
import { element } from "./elements.js";
import { asForm, chip, remarks, textOf, textOfLabels } from "./pathways-chosen.js";
import { Options } from "./pathways-options.js";
import { describe, languageOf, serverOf, suggest } from "./pathways-server.js";
import { sheetOf } from "./pathways-sheets.js";
import COLOURS from "./pathways-colours.css";
import STYLE from "./pathways-picker.css";
import { wordsIn } from "./pathways-words.js";

const PAUSE = 150; // Milliseconds without a key before the server is asked.
const SHORTEST = 2;
const OFFERED = "8";

export class PathwaysPicker extends HTMLElement {
  static formAssociated = true;

  static observedAttributes = ["value", "placeholder", "required", "aria-label", "lang"];

  #internals = this.attachInternals();
  #chosen = []; // {iri, label, lang, status, replacedBy}; the IRI of free text is "".
  #isBegun = false;
  #isDisabled = false;
  #isUnreachable = false;
  #plain = null; // The input of the page without scripts.
  #options;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    root.adoptedStyleSheets = [sheetOf(COLOURS), sheetOf(STYLE)];
    this.input = element("input", {
      part: "input",
      type: "text",
      autocomplete: "off",
      autocapitalize: "none",
      spellcheck: "false",
      maxlength: "200",
      "aria-describedby": "note",
    });
    this.#options = new Options(this.input, (option) => this.#choose(option));
    this.field = element("div", { class: "field", part: "field" }, this.input, this.#options.list);
    this.chips = element("ul", { class: "chips", part: "chips", hidden: true });
    this.note = element("p", { id: "note", class: "note", part: "note", hidden: true });
    this.status = element("div", { class: "status", role: "status" });
    root.append(element("div", { class: "frame", part: "frame" }, this.field, this.chips, this.note, this.status));
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("blur", () => this.#close());
    this.input.addEventListener("focus", () => this.#name());
    this.input.addEventListener("change", () => this.dispatchEvent(new Event("change", { bubbles: true })));
  }

  // what a page can ask and set

  get form() {
    return this.#internals.form;
  }

  get name() {
    return this.getAttribute("name") ?? this.#plain?.name ?? "";
  }

  get validity() {
    return this.#internals.validity;
  }

  get validationMessage() {
    return this.#internals.validationMessage;
  }

  get willValidate() {
    return this.#internals.willValidate;
  }

  checkValidity() {
    return this.#internals.checkValidity();
  }

  reportValidity() {
    return this.#internals.reportValidity();
  }

  // The IRIs that are chosen, with a space between.
  get value() {
    return this.#chosen.map(({ iri }) => iri).filter(Boolean).join(" ");
  }

  set value(iris) {
    this.#take(iris);
  }

  // The terms that are chosen, and what was typed instead: [{iri, label}].
  get selected() {
    return this.#entries().map(({ iri, label }) => ({ iri, label }));
  }

  get multiple() {
    return this.hasAttribute("multiple");
  }

  // what the browser tells

  connectedCallback() {
    this.#enclose();
    this.#name();
    // The text of its labels is known once the page is read.
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => this.#name(), { once: true });
    // Who moves it elsewhere in the page keeps what was chosen.
    if (this.#isBegun) this.#submit();
    else this.#reset();
    this.#isBegun = true;
  }

  disconnectedCallback() {
    this.#close();
    if (this.#plain) this.#plain.disabled = false;
    this.#plain = null;
  }

  attributeChangedCallback(name, before, after) {
    if (!this.isConnected || before === after) return;
    if (name === "value") this.#take(after ?? "");
    else this.#name();
    this.#submit();
  }

  formResetCallback() {
    this.#reset();
  }

  formDisabledCallback(isDisabled) {
    this.#isDisabled = isDisabled;
    this.#close();
    this.#able();
  }

  formStateRestoreCallback(state) {
    try {
      const { chosen, typed } = JSON.parse(state);
      this.#chosen = chosen.filter(({ iri, label }) => typeof iri === "string" && typeof label === "string");
      this.input.value = typed;
      this.#shown();
    } catch {
      this.#reset(); // kept by another version
    }
  }

  // the field without scripts, which this one takes the place of

  #enclose() {
    const plain = this.querySelector("input");
    if (!plain || this.#plain === plain) return;
    this.#plain = plain;
    if (plain.disabled) this.setAttribute("disabled", "");
    // It would send what it holds a second time. Its name stays: browsers know forms they fill in again by names.
    plain.disabled = true;
    for (const label of plain.labels ?? []) label.addEventListener("click", () => this.isConnected && this.input.focus());
  }

  #attribute(name) {
    return this.getAttribute(name) ?? this.#plain?.getAttribute(name) ?? null;
  }

  #name() {
    const words = this.#words;
    const labels = [...this.#internals.labels, ...(this.#plain?.labels ?? [])];
    const said = this.#attribute("aria-label") || textOf(this, this.#attribute("aria-labelledby")) || textOfLabels(this, labels);
    this.input.setAttribute("aria-label", said || this.#attribute("placeholder") || words.term);
    this.#options.list.setAttribute("aria-label", words.terms);
    this.chips.setAttribute("aria-label", words.chosen);
    this.input.setAttribute("aria-description", textOf(this, this.#attribute("aria-describedby")));
    this.input.placeholder = this.#attribute("placeholder") ?? "";
    this.input.setAttribute("aria-required", String(this.#isRequired));
  }

  get #isRequired() {
    return this.hasAttribute("required") || Boolean(this.#plain?.required);
  }

  get #words() {
    return wordsIn(languageOf(this));
  }

  // values

  #reset() {
    this.input.value = "";
    const value = this.getAttribute("value") ?? "";
    const plain = this.#plain?.defaultValue.trim() ?? "";
    this.#take(value, plain);
    if (value || !plain) return;
    this.input.value = plain;
    this.#submit();
  }

  #take(iris, label = "") {
    const wanted = [...new Set(String(iris ?? "").split(/\s+/).filter(Boolean))].slice(0, this.multiple ? 100 : 1);
    if (wanted.length === 0) this.input.value = "";
    this.#chosen = wanted.map((iri) => ({ iri, label: (wanted.length === 1 && label) || iri }));
    this.#shown();
    const lang = languageOf(this);
    for (const each of this.#chosen) {
      describe(serverOf(this), each.iri, lang).then(
        (term) => {
          if (!this.#chosen.includes(each)) return;
          each.status = term.status;
          if (term.label) Object.assign(each, { iri: term.id, label: term.label, lang: term.lang, replacedBy: term.replacedBy });
          this.#shown();
        },
        () => {}, // Its IRI says enough.
      );
    }
  }

  #entries() {
    const typed = this.input.value.trim();
    const alone = !this.multiple && this.#chosen.length > 0;
    return alone || !typed ? this.#chosen : [...this.#chosen, { iri: "", label: typed }];
  }

  // Tells the form, and whether it may be sent.
  #submit() {
    const entries = this.#entries();
    const sent = asForm(entries, this.name, this.getAttribute("label-name"));
    this.#internals.setFormValue(sent, JSON.stringify({ chosen: this.#chosen, typed: this.input.value }));
    const free = entries.some(({ iri }) => !iri);
    if (this.#isRequired && entries.length === 0) this.#refuse("valueMissing", this.#words.required);
    else if (free && this.hasAttribute("strict") && !this.#isUnreachable) this.#refuse("customError", this.#words.strict);
    else this.#internals.setValidity({});
    this.input.setAttribute("aria-invalid", String(free && !this.#internals.validity.valid));
  }

  #refuse(flag, message) {
    this.#internals.setValidity({ [flag]: true }, message, this.input);
  }

  // Shows what is chosen: in the field itself, or in front of it where there may be several.
  #shown() {
    if (this.multiple) {
      this.chips.replaceChildren(...this.#chosen.map((each, at) => chip(each, this.#words, () => this.#remove(at))));
    } else if (this.#chosen.length) {
      this.input.value = this.#chosen[0].label;
    }
    this.chips.hidden = !this.multiple || this.#chosen.length === 0;
    this.#remark();
    this.#submit();
  }

  #remark() {
    const parts = remarks(this.#chosen, this.#words, (old, next) => this.#replace(old, next));
    if (this.#isUnreachable) parts.push(this.#words.free);
    this.note.replaceChildren(...parts);
    this.note.hidden = parts.length === 0;
    this.#able();
  }

  #able() {
    for (const each of this.shadowRoot.querySelectorAll("input, button")) each.disabled = this.#isDisabled;
  }

  #replace(old, next) {
    const there = this.#chosen.some(({ iri }) => iri === next.id);
    this.#chosen = this.#chosen.flatMap((each) => (each === old ? (there ? [] : [{ iri: next.id, label: next.label, lang: next.lang }]) : [each]));
    this.#changed(this.#words.added(next.label));
    this.input.focus();
  }

  #choose(option) {
    const term = { iri: option.id, label: option.label, lang: option.lang, status: option.deprecated ? "deprecated" : "found" };
    if (!this.multiple) this.#chosen = [term];
    else if (!this.#chosen.some(({ iri }) => iri === term.iri)) this.#chosen.push(term);
    this.input.value = "";
    this.#close();
    this.#changed(this.#words.added(option.label));
  }

  #remove(at) {
    const [gone] = this.#chosen.splice(at, 1);
    this.#changed(this.#words.removed(gone.label));
    this.input.focus();
  }

  #changed(said) {
    this.#shown();
    this.status.textContent = said;
    this.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    this.dispatchEvent(new Event("change", { bubbles: true }));
    this.dispatchEvent(new CustomEvent("pathways-change", { bubbles: true, composed: true, detail: this.selected }));
  }

  // suggestions

  #typed() {
    if (!this.multiple && this.#chosen.length) {
      // Other words are another choice.
      this.#chosen = [];
      this.#remark();
    }
    this.#submit();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(), PAUSE);
  }

  async #ask() {
    const words = this.input.value.trim().replace(/\s+/g, " ");
    this.request?.abort();
    if (words.length < SHORTEST) return this.#close();
    this.request = new AbortController();
    const { signal } = this.request;
    const wanted = { words, lang: languageOf(this), kind: this.getAttribute("kind"), limit: OFFERED };
    try {
      const answer = await suggest(serverOf(this), wanted, signal);
      if (!signal.aborted) this.#offer(answer);
    } catch {
      // Asked for something else meanwhile, or nobody answers.
      if (!signal.aborted) this.#reached(false);
    }
    return undefined;
  }

  #reached(isReachable) {
    if (this.#isUnreachable !== isReachable) return;
    this.#isUnreachable = !isReachable;
    this.#close();
    this.#remark();
    this.#submit();
    if (!isReachable) this.status.textContent = this.#words.free;
  }

  #offer(answer) {
    this.#reached(true);
    if (this.shadowRoot.activeElement !== this.input) return;
    this.#options.show(answer.results);
    const { none, one, many, meant } = this.#words;
    const count = answer.results.length;
    const counted = count === 0 ? none : count === 1 ? one : many(count);
    this.status.textContent = answer.didYouMean && count ? `${counted}; ${meant(answer.didYouMean)}` : counted;
  }

  #close() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.status.textContent = "";
    this.#options.close();
  }

  #key(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const { key } = event;
    const { isOpen } = this.#options;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) this.#ask();
      else if (event.altKey) key === "ArrowUp" && this.#close();
      else this.#options.move(key === "ArrowDown" ? 1 : -1);
    } else if (key === "Escape" && (isOpen || this.input.value)) {
      event.preventDefault();
      if (isOpen) this.#close();
      else this.#clear();
    } else if (key === "Enter") this.#enter(event);
    else if (key === "Backspace" && this.multiple && !this.input.value && this.#chosen.length) {
      this.#remove(this.#chosen.length - 1);
    } else if (key !== "Tab") this.#options.activate(-1);
  }

  #clear() {
    this.input.value = "";
    if (!this.multiple && this.#chosen.length) this.#remove(0);
    else this.#submit();
  }

  #enter(event) {
    event.preventDefault(); // Choosing sends no form.
    const typed = this.input.value.trim();
    const option = this.#options.active;
    if (option) {
      this.#choose(option);
    } else if (this.multiple && typed && !this.hasAttribute("strict")) {
      this.#chosen.push({ iri: "", label: typed });
      this.input.value = "";
      this.#close();
      this.#changed(this.#words.added(typed));
    } else {
      this.#close();
      this.#send();
    }
  }

  // Enter in a field presses the first button of its form (HTML, implicit submission).
  #send() {
    const { form } = this;
    const button = [...(form?.elements ?? [])].find((each) => each.type === "submit" || each.type === "image");
    if (button) button.click();
    else form?.requestSubmit();
  }
}
