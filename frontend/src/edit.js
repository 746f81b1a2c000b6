// Names of terms are offered while somebody types them; without this script the server finds them.
const WAIT = 200;
const FEWEST = 2;

function titleOf(titles) {
  const wanted = [...navigator.languages, "en"].map((each) => each.toLowerCase());
  const tags = Object.keys(titles);
  for (const language of wanted) {
    const found = tags.find((tag) => tag.toLowerCase() === language) ?? tags.find((tag) => tag.toLowerCase().split("-")[0] === language.split("-")[0]);
    if (found !== undefined) return titles[found];
  }
  return titles[tags[0]] ?? "";
}

// The hidden controls that say which term the words of a control mean.
function hidden(input, slot) {
  const name = input.name.replace(/text$/, slot);
  let found = input.form.elements.namedItem(name);
  if (found instanceof RadioNodeList || found?.type === "radio") return null;
  if (!found) {
    found = document.createElement("input");
    found.type = "hidden";
    found.name = name;
    input.after(found);
  }
  return found;
}

function offer(input, search) {
  const list = document.createElement("datalist");
  list.id = `${input.id}.list`;
  input.after(list);
  input.setAttribute("list", list.id);
  let known = new Map();
  let timer = 0;
  let asked = null;

  async function ask() {
    asked?.abort();
    asked = new AbortController();
    const words = new URLSearchParams({ q: input.value.slice(0, 200), kind: input.dataset.kind, _mediatype: "application/json" });
    try {
      const answer = await fetch(`${search}?${words}`, { signal: asked.signal });
      if (!answer.ok) return;
      const { results } = await answer.json();
      known = new Map();
      const options = results.map((each) => {
        const title = titleOf(each.prefLabel) || each.id;
        // Two terms of one name: the server asks which is meant.
        known.set(title, known.has(title) ? null : each.id);
        const option = document.createElement("option");
        option.value = title;
        option.label = each.id.split("/").pop();
        return option;
      });
      list.replaceChildren(...options);
    } catch (error) {
      if (error.name !== "AbortError") list.replaceChildren();
    }
  }

  input.addEventListener("input", () => {
    const iri = hidden(input, "iri");
    const chosen = known.get(input.value) ?? "";
    if (iri) iri.value = chosen;
    if (chosen) hidden(input, "asked").value = input.value;
    clearTimeout(timer);
    if (!chosen && input.value.trim().length >= FEWEST && !/^https?:/.test(input.value)) timer = setTimeout(ask, WAIT);
  });
}

const form = document.querySelector("form.edit");
for (const input of form?.querySelectorAll("input[data-kind]") ?? []) {
  if (input.dataset.kind) offer(input, form.dataset.search);
}

// A second click on a button must not send the form twice.
let sent = false;
form?.addEventListener("submit", (event) => {
  if (sent) event.preventDefault();
  sent = true;
});
window.addEventListener("pageshow", () => {
  sent = false;
});
