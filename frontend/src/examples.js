// The example queries beside the editor, found by words.
import { element } from "./elements.js";

export function offerExamples(place, page, open) {
  if (!place) return;
  const find = element("input", { type: "search", id: "find-example", autocomplete: "off" });
  const list = element("ul", { class: "plain choices" });
  const nothing = element("p", { class: "muted", role: "status" });
  const details = element(
    "details",
    {},
    element("summary", {}, "Open an example"),
    element("p", { class: "tools" }, element("label", { for: "find-example" }, "Find"), find),
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
    nothing.textContent = found.length ? "" : "No example has these words.";
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
      nothing.textContent = `The examples cannot be read (${error.message}).`;
    }
  });
  find.addEventListener("input", () => examples && draw());
  place.append(details);
}
