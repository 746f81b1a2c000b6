// Words that scripts show, in the language of the interface: the page brings those that are not English.
const element = document.getElementById("interface-words");
const words = element ? JSON.parse(element.textContent) : {};

// Translates a text; `%(name)s` stands for a value.
export function _(text, values = {}) {
  const found = words[text];
  const wording = Array.isArray(found) ? found[0] : (found ?? text);
  return wording.replace(/%\((\w+)\)s/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

// Translates a text that goes with a number; `%(num)s` stands for it.
export function ngettext(one, many, num, values = {}) {
  const found = words[one];
  const forms = Array.isArray(found) ? found : [one, many];
  return _(forms[num === 1 ? 0 : 1], { num, ...values });
}

// Writes a number as the language of the interface does.
export const number = (value) => value.toLocaleString(document.documentElement.lang || "en");
