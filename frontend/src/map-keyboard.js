// One tab stop for the whole map; arrow keys go from sign to sign, along the lines where there are any. What has
// the focus, or the pointer on it, is lit together with what it is connected with.
import { _, ngettext } from "./words.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function makeKeyboard(map, drawing, { signal, camera, toggle, say }) {
  const isOverview = drawing.classList.contains("overview");
  const spots = [...drawing.querySelectorAll(isOverview ? ".territory" : ".node")].map(spot);
  const leaves = isOverview ? [...drawing.querySelectorAll(".leaf")] : [];
  const byNumber = new Map(spots.map((each) => [each.number, each]));
  const ties = [...drawing.querySelectorAll(".ties .tie")].map((line) => ({
    line,
    ends: [byNumber.get(line.dataset.a), byNumber.get(line.dataset.b)],
  }));
  for (const { ends: [first, second] } of ties) {
    if (!first || !second) continue;
    first.near.add(second);
    second.near.add(first);
  }
  let current = spots[0];
  let found = [];

  function spot(node) {
    const link = node.querySelector("a");
    const glyph = node.querySelector(".disc, .card, .glyph").getBBox();
    return {
      node,
      link,
      number: node.dataset.n,
      iri: node.dataset.iri,
      x: glyph.x + glyph.width / 2,
      y: glyph.y + glyph.height / 2,
      reach: glyph.width / 2, // a sign in the same column is not beside it
      opener: node.querySelector(".opener"),
      label: node.querySelector("title")?.textContent ?? node.textContent.trim().replace(/\s+/g, " "),
      near: new Set(),
    };
  }

  for (const each of spots) {
    each.link.setAttribute("tabindex", each === current ? "0" : "-1");
    const also = [...each.near].length;
    const label = also && !isOverview ? _("%(name)s, %(number)s on this map", { name: each.label, number: also }) : each.label;
    each.link.setAttribute("aria-label", label);
  }
  for (const [title, link] of [...drawing.querySelectorAll("a")].map((a) => [a.querySelector(":scope > title"), a])) {
    if (title && !link.hasAttribute("aria-label")) link.setAttribute("aria-label", title.textContent);
  }

  function focus(each) {
    current.link.setAttribute("tabindex", "-1");
    current = each;
    each.link.setAttribute("tabindex", "0");
    camera.show(each.node);
    each.link.focus({ preventScroll: true });
  }

  // The nearest in a direction, of those connected before all others.
  function next([dx, dy]) {
    const cost = (each) => {
      const along = (each.x - current.x) * dx + (each.y - current.y) * dy;
      const across = Math.abs((each.x - current.x) * dy) + Math.abs((each.y - current.y) * dx);
      return along < (dx ? current.reach + 4 : 4) || across > along * 1.5 + 4 ? Infinity : along + across * 2;
    };
    const best = (candidates) =>
      candidates.reduce((least, each) => (cost(each) < (least ? cost(least) : Infinity) ? each : least), null);
    const anywhere = spots.filter((each) => each !== current);
    // Inside a column one goes from row to row; across, along a line.
    return dy && !isOverview ? best(anywhere) : best([...current.near]) ?? best(anywhere) ?? farther(dx, anywhere);
  }

  function farther(dx, candidates) {
    if (!dx) return null;
    const beyond = candidates.filter((each) => (each.x - current.x) * dx > current.reach + 20);
    return beyond.reduce((least, each) => (!least || distance(each) < distance(least) ? each : least), null);
  }

  const distance = (each) => Math.hypot(each.x - current.x, each.y - current.y);

  drawing.addEventListener(
    "keydown",
    (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key in ARROWS) {
        const target = next(ARROWS[event.key]);
        if (target) focus(target);
        else say(_("There is nothing further in this direction."));
      } else if (event.key === "Home") focus(spots[0]);
      else if (event.key === "End") focus(spots.at(-1));
      else if (event.key === " ") current.opener ? toggle(linkOf(current.opener)) : say(_("There is nothing more to be shown here."));
      else if (event.key === "+" || event.key === "=") camera.in();
      else if (event.key === "-") camera.out();
      else if (event.key === "0") camera.fit();
      else if (event.key === "Escape") light(null);
      else return;
      event.preventDefault();
    },
    { signal },
  );

  function linkOf(opener) {
    return { href: new URL(opener.href.baseVal, location.href).href, closest: (selector) => opener.closest(selector) };
  }

  function light(each) {
    const scene = drawing.querySelector(".scene");
    for (const lit of scene.querySelectorAll(".lit")) lit.classList.remove("lit");
    scene.classList.toggle("dim", Boolean(each));
    if (!each) return;
    each.node.classList.add("lit");
    for (const near of each.near) near.node.classList.add("lit");
    for (const { line, ends } of ties) if (ends.includes(each)) line.classList.add("lit");
    for (const leaf of each.node.querySelectorAll(".leaf")) leaf.classList.add("lit");
  }

  // On the overview the same term is on several discs.
  function lightLeaf(leaf) {
    light(null);
    drawing.querySelector(".scene").classList.add("dim");
    for (const twin of leaves.filter((each) => each.dataset.iri === leaf.dataset.iri)) {
      twin.classList.add("lit");
      twin.closest(".territory").classList.add("lit");
    }
  }

  function lightAt(target) {
    const leaf = target.closest?.(".leaf");
    if (leaf) return lightLeaf(leaf);
    const node = target.closest?.(".node, .territory");
    return light(node ? spots.find((each) => each.node === node) : null);
  }

  drawing.addEventListener("focusin", (event) => lightAt(event.target), { signal });
  drawing.addEventListener("focusout", () => light(null), { signal });
  drawing.addEventListener("pointerover", (event) => event.pointerType !== "touch" && lightAt(event.target), { signal });
  drawing.addEventListener("pointerleave", () => light(null), { signal });

  return {
    focus(iri) {
      const target = spots.find((each) => each.iri === iri) ?? spots[0];
      focus(target);
    },
    find(words) {
      const wanted = words.toLowerCase().trim();
      const all = [...spots.map((each) => [each.node, each.label]), ...leaves.map((leaf) => [leaf, leaf.textContent])];
      found = [];
      for (const [node, label] of all) {
        const hit = Boolean(wanted) && label.toLowerCase().includes(wanted);
        node.classList.toggle("found", hit);
        if (hit) found.push(node);
      }
      if (!wanted) return "";
      return found.length
        ? ngettext("%(num)s found on this map. Enter goes to the first.", "%(num)s found on this map. Enter goes to the first.", found.length)
        : _("Nothing on this map is called so.");
    },
    focusFound() {
      const first = found[0];
      if (!first) return;
      const place = spots.find((each) => each.node === first || each.node.contains(first));
      if (place) focus(place);
    },
  };
}
