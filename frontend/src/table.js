// The table of solutions: sorted by a click on a heading, filtered by words, a page at a time.
import { element } from "./elements.js";
import { compact, localAddress } from "./iris.js";
import { _, number } from "./words.js";

const PAGE_ROWS = 100;
const collator = new Intl.Collator(undefined, { numeric: true });

export function makeTable({ variables, rows }, page) {
  let shown = rows;
  let order = null; // { name, ascending }
  let words = "";
  let first = 0;

  const body = element("tbody");
  const headings = variables.map((name) => {
    const button = element("button", { type: "button", title: _("Sort by %(name)s", { name }) }, name);
    const heading = element("th", { scope: "col" }, button);
    button.addEventListener("click", () => {
      order = order?.name === name ? (order.ascending ? { name, ascending: false } : null) : { name, ascending: true };
      for (const each of headings) each.removeAttribute("aria-sort");
      if (order) heading.setAttribute("aria-sort", order.ascending ? "ascending" : "descending");
      select();
    });
    return heading;
  });
  const table = element("table", { class: "rows" }, element("thead", {}, element("tr", {}, ...headings)), body);
  const scroll = element("div", { class: "scroll", role: "region", "aria-label": _("Rows"), tabindex: "0" }, table);

  const filter = element("input", { type: "search", id: "filter", autocomplete: "off" });
  filter.addEventListener("input", () => {
    words = filter.value.toLowerCase();
    select();
  });
  const where = element("span", { role: "status" });
  const previous = element("button", { type: "button", class: "quiet" }, _("Previous"));
  const next = element("button", { type: "button", class: "quiet" }, _("Next"));
  previous.addEventListener("click", () => turn(-PAGE_ROWS));
  next.addEventListener("click", () => turn(PAGE_ROWS));
  const tools = element("div", { class: "tools" }, element("label", { for: "filter" }, _("Only rows with")), filter, where, previous, next);

  function turn(by) {
    first += by;
    draw();
    scroll.scrollTop = 0;
  }

  function select() {
    shown = words ? rows.filter((row) => variables.some((name) => text(row[name]).toLowerCase().includes(words))) : rows.slice();
    if (order) {
      const sign = order.ascending ? 1 : -1;
      shown.sort((one, other) => sign * compare(one[order.name], other[order.name]));
    }
    first = 0;
    draw();
  }

  function text(term) {
    if (!term) return "";
    return term.type === "uri" ? `${term.value} ${compact(term.value, page.prefixes)}` : term.value;
  }

  function draw() {
    const end = Math.min(first + PAGE_ROWS, shown.length);
    body.replaceChildren(
      ...shown.slice(first, end).map((row) => element("tr", {}, ...variables.map((name) => element("td", {}, ...cell(row[name], page))))),
    );
    where.textContent = shown.length > PAGE_ROWS || shown.length < rows.length ? _("%(first)s–%(last)s of %(all)s", { first: shown.length ? first + 1 : 0, last: end, all: number(shown.length) }) : "";
    previous.hidden = next.hidden = shown.length <= PAGE_ROWS;
    previous.disabled = first === 0;
    next.disabled = end >= shown.length;
  }

  select();
  if (rows.length === 0) return [element("p", {}, _("No rows: nothing in the vocabulary matches the query."))];
  return rows.length > 10 ? [tools, scroll] : [scroll];
}

function compare(one, other) {
  if (!one || !other) return one ? 1 : other ? -1 : 0;
  return collator.compare(one.value, other.value);
}

function cell(term, page) {
  if (!term) return [];
  if (term.type === "uri") return [link(term.value, page)];
  if (term.type === "bnode") return [`_:${term.value}`];
  if (term.type === "triple") return [JSON.stringify(term.value)];
  const lang = term["xml:lang"];
  const text = element("span", lang ? { lang } : {}, term.value);
  if (lang) return [text, " ", element("span", { class: "muted" }, `@${lang}`)];
  if (term.datatype) return [text, " ", element("span", { class: "muted" }, compact(term.datatype, page.prefixes))];
  return [text];
}

function link(iri, page) {
  const local = localAddress(iri, page);
  const address = local ?? (/^https?:\/\//.test(iri) ? iri : null);
  const name = compact(iri, page.prefixes);
  if (!address) return element("span", { title: iri }, name);
  return element("a", local ? { href: address, title: iri } : { href: address, title: iri, rel: "noreferrer" }, name);
}
