// Shows an answer: a table that can be sorted, filtered and paged; yes or no; a graph as Turtle; a problem.
import { element } from "./elements.js";
import { download } from "./links.js";
import { makeTable } from "./table.js";
import { _, number } from "./words.js";

const RAW_SHOWN = 200_000;

export function showAnswer(place, answer, { page, query }) {
  place.append(element("h2", {}, "Answer"));
  place.append(downloads(page, query, answer.kind === "graph" ? page.graphFormats : page.resultFormats));
  if (answer.kind === "boolean") {
    place.append(element("p", { class: "definition" }, answer.value ? _("Yes (true)") : _("No (false)")));
  } else if (answer.kind === "graph") {
    place.append(source(answer.raw, _("The graph in Turtle")));
  } else {
    place.append(...makeTable(answer, page));
  }
  if (answer.kind !== "graph") place.append(raw(answer.raw));
}

function downloads(page, query, formats) {
  const links = [];
  for (const [name, title, suffix] of formats) {
    const address = download(page, query, name);
    if (address) links.push(element("a", { href: address, download: `answer.${suffix}`, rel: "nofollow" }, title), " ");
  }
  if (links.length === 0) {
    return element("p", { class: "muted" }, _("The query is too long for a link: to save the answer, choose a format under “Answer as”."));
  }
  return element("p", { class: "downloads" }, `${_("Save as")} `, ...links);
}

function raw(text) {
  const details = element("details", {}, element("summary", {}, _("The answer as it was sent")));
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(source(text, _("The answer as it was sent")));
  });
  return details;
}

function source(text, label) {
  const shown = text.length > RAW_SHOWN ? text.slice(0, RAW_SHOWN) : text;
  const code = element("pre", { class: "source tall", tabindex: "0", role: "region", "aria-label": label }, shown);
  if (shown === text) return code;
  const rest = _("The first %(shown)s characters of %(all)s; save it to see all.", { shown: number(RAW_SHOWN), all: number(text.length) });
  return element("div", {}, code, element("p", { class: "muted" }, rest));
}

export function showProblem(place, problem) {
  const box = element(
    "div",
    { class: "notice", role: "alert" },
    element("strong", {}, problem.title ?? _("Something went wrong")),
    element("p", {}, problem.detail ?? problem.message),
  );
  for (const note of [problem.advice, ...(problem.notes ?? [])]) if (note) box.append(element("p", {}, note));
  if (problem.source_line) {
    const where = `line ${problem.line}, column ${problem.column}`;
    box.append(element("pre", { class: "source" }, element("span", { class: "muted" }, where), `\n${problem.source_line}`));
  }
  place.append(box);
}
