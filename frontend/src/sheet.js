// A text field with numbered lines, some of them marked. The field stays what it is: its keys, its undo, its
// accessibility; numbers and marks lie beside and behind it.
import { element } from "./elements.js";

const ORDER = { "must-fix": 0, "should-fix": 1, tip: 2 };
const SIGNS = { "must-fix": "✕", "should-fix": "!", tip: "i" };

export function makeSheet(place, field, showResult) {
  const gutter = place.querySelector(".gutter");
  const numbers = element("pre", {});
  const signs = element("div", { class: "signs" });
  const marks = element("div", { class: "marks", "aria-hidden": "true" });
  const inner = element("div", {}, numbers, signs);
  const behind = element("div", {});
  gutter.append(inner);
  marks.append(behind);
  place.insertBefore(marks, field);
  place.classList.add("numbered");
  let drawn = 0;

  const height = () => parseFloat(getComputedStyle(field).lineHeight);

  function draw() {
    const count = field.value.split("\n").length;
    if (count !== drawn) {
      drawn = count;
      numbers.textContent = Array.from({ length: count }, (_, line) => line + 1).join("\n");
    }
    follow();
  }

  function follow() {
    const moved = `translateY(${-field.scrollTop}px)`;
    inner.style.transform = moved;
    behind.style.transform = moved;
  }

  // One mark a line: the worst of its results.
  function mark(places) {
    const worst = new Map();
    for (const each of places) {
      const known = worst.get(each.line);
      if (!known || ORDER[each.kind] < ORDER[known.kind]) worst.set(each.line, each);
    }
    const line = height();
    const put = (made, at) => {
      made.style.top = `${(at - 1) * line}px`;
      made.style.height = `${line}px`;
      return made;
    };
    const all = [...worst.values()];
    behind.replaceChildren(...all.map((each) => put(element("div", { class: `mark ${each.kind}` }), each.line)));
    signs.replaceChildren(
      ...all.map((each) => {
        const sign = put(element("span", { class: `sign ${each.kind}` }, SIGNS[each.kind]), each.line);
        sign.addEventListener("click", () => showResult(each.result));
        return sign;
      }),
    );
    draw();
  }

  function go(line, column) {
    const lines = field.value.split("\n");
    if (line > lines.length) return;
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    // Columns count characters, and a text field counts UTF-16 units.
    const before = Array.from(lines[line - 1]).slice(0, Math.max(0, column - 1)).join("").length;
    field.focus({ preventScroll: true });
    field.setSelectionRange(start + before, start + lines[line - 1].length);
    field.scrollTop = Math.max(0, (line - 1) * height() - field.clientHeight / 3);
    place.scrollIntoView({ block: "nearest" });
    follow();
  }

  // Replace only what differs, as a user would: undo takes it back, and the rest stays where it is.
  function replace(text) {
    const old = field.value;
    if (text === old) return draw();
    let start = 0;
    while (start < old.length && start < text.length && old[start] === text[start]) start += 1;
    let end = 0;
    const most = Math.min(old.length, text.length) - start;
    while (end < most && old[old.length - 1 - end] === text[text.length - 1 - end]) end += 1;
    const focused = document.activeElement;
    const seen = [field.scrollTop, field.scrollLeft];
    field.focus({ preventScroll: true });
    field.setSelectionRange(start, old.length - end);
    const inserted = text.slice(start, text.length - end);
    silent = true;
    const done = inserted ? document.execCommand("insertText", false, inserted) : document.execCommand("delete");
    silent = false;
    if (!done || field.value !== text) field.value = text;
    [field.scrollTop, field.scrollLeft] = seen;
    if (focused === document.body) field.blur();
    else if (focused !== field) focused?.focus({ preventScroll: true });
    draw();
  }

  // What this sheet writes itself is not typed.
  let silent = false;
  field.addEventListener("input", (event) => silent && event.stopImmediatePropagation(), { capture: true });
  field.addEventListener("scroll", follow);
  return { draw, mark, go, replace };
}
