// The example queries beside the editor, found by words.
import { element } from "./elements.js";
import { _ } from "./words.js";

export function offerExamples(place, page, open) {
  if (!place) return;
  const find = element("input", { type: "search", id: "find-example", autocomplete: "off" });
  const list = element("ul", { class: "plain choices" });
  const nothing = element("p", { class: "muted", role: "status" });
  const details = element(
    "details",
    {},
    element("summary", {}, _("Open an example")),
    element("p", { class: "tools" }, element("label", { for: "find-example" }, _("Find")), find),
    list,
    nothing,
  );
  let examples = null;

  async function load() {
    const response = await fetch(`${page.examples}.json`, { headers: { Accept: "application/json" } });
    examples = (await response.json()).results;
  }

  function draw() {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = examples.filter((each) => {
      const text = `${each.title} ${each.question} ${each.keywords.join(" ")} ${each.query}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    list.replaceChildren(...found.map(choice));
    nothing.textContent = found.length ? "" : _("No example has these words.");
  }

  function choice(example) {
    const button = element("button", { type: "button", class: "choice" }, example.title);
    button.addEventListener("click", () => {
      details.open = false;
      open(example);
    });
    return element("li", {}, button, element("span", { class: "muted" }, ` ${example.question}`));
  }

  details.addEventListener("toggle", async () => {
    if (!details.open) return;
    try {
      if (!examples) await load();
      draw();
      find.focus();
    } catch (error) {
      nothing.textContent = _("The examples cannot be read (%(why)s).", { why: error.message });
    }
  });
  find.addEventListener("input", () => examples && draw());
  place.append(details);
}
