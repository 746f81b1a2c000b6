// The hierarchy as one ARIA tree (https://www.w3.org/WAI/ARIA/apg/patterns/treeview/). The page has nested lists with
// links that open branches by address; this keeps the links, gives them their roles, and fetches what a branch holds
// from the same addresses, so that nothing is drawn in two ways.
import { announce } from "./elements.js";
import { _ } from "./words.js";

const MOST_OPEN = 60;

function enliven(tree, { keepAddress }) {
  const top = tree.querySelector(":scope > ul");
  const said = tree.querySelector(":scope > .said");
  if (!top) return null;
  let typed = "";
  let typedAt = 0;
  let numbered = 0;
  tree.classList.add("live");
  top.setAttribute("role", "tree");
  top.setAttribute("aria-label", tree.dataset.label ?? _("Hierarchy"));
  const keys = tree.querySelector(":scope > .keys");
  if (keys) {
    keys.hidden = false;
    top.setAttribute("aria-describedby", keys.id);
  }

  const name = (item) => item.querySelector(":scope > .row > .name");
  const group = (item) => item.querySelector(":scope > ul");
  const parent = (item) => item.parentElement.closest("li");
  const isOpen = (item) => name(item).getAttribute("aria-expanded") === "true";
  const items = () => [...top.querySelectorAll("li")].filter((item) => !item.parentElement.closest("ul[hidden]"));
  const current = () => items().find((item) => name(item).tabIndex === 0);

  function dress(list, level) {
    if (list !== top) list.setAttribute("role", "group");
    for (const item of list.querySelectorAll(":scope > li")) {
      const link = name(item);
      const twisty = item.querySelector(":scope > .row > a.twisty");
      const below = group(item);
      item.setAttribute("role", "none");
      item.removeAttribute("id"); // it names a place in the page as it was sent
      link.setAttribute("role", "treeitem");
      link.setAttribute("aria-level", level);
      if (item.dataset.of) {
        link.setAttribute("aria-posinset", item.dataset.number);
        link.setAttribute("aria-setsize", item.dataset.of);
      }
      link.tabIndex = -1;
      if (twisty) {
        twisty.tabIndex = -1;
        twisty.setAttribute("aria-hidden", "true");
        if (isLoop(item)) {
          twisty.remove();
        } else {
          link.setAttribute("aria-expanded", below ? "true" : "false");
        }
      }
      if (below) {
        own(item, below);
        dress(below, level + 1);
      }
    }
  }

  function own(item, below) {
    numbered += 1;
    below.id = `${tree.dataset.name ?? "tree"}-${numbered}`;
    name(item).setAttribute("aria-owns", below.id);
  }

  function isLoop(item) {
    for (let above = parent(item); above; above = parent(above)) {
      if (above.dataset.term === item.dataset.term) return true;
    }
    return false;
  }

  function focus(item, { quietly = false } = {}) {
    for (const each of top.querySelectorAll(".name[tabindex='0']")) each.tabIndex = -1;
    name(item).tabIndex = 0;
    if (!quietly) name(item).focus();
  }

  async function fetched(address) {
    tree.classList.add("busy");
    top.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      return [...page.querySelectorAll("[data-tree] > ul > li")].map((each) => document.importNode(each, true));
    } finally {
      tree.classList.remove("busy");
      top.removeAttribute("aria-busy");
    }
  }

  function show(item, open) {
    name(item).setAttribute("aria-expanded", open ? "true" : "false");
    group(item).hidden = !open;
    const sign = item.querySelector(":scope > .row > a.twisty > span");
    if (sign) sign.textContent = open ? "▾" : "▸";
    remember();
  }

  async function open(item) {
    if (!group(item)) {
      if (item.dataset.loading) return;
      item.dataset.loading = "yes";
      try {
        const found = await fetched(item.dataset.children);
        const list = document.createElement("ul");
        list.append(...found);
        item.append(list);
        own(item, list);
        dress(list, Number(name(item).getAttribute("aria-level")) + 1);
        announce(said, _("%(number)s shown", { number: found.length }));
      } catch {
        announce(said, _("This branch cannot be opened now. Follow its name to see what is narrower."));
        return;
      } finally {
        delete item.dataset.loading;
      }
    }
    show(item, true);
  }

  async function more(item) {
    if (item.dataset.loading) return;
    item.dataset.loading = "yes";
    try {
      const found = await fetched(name(item).href);
      const list = item.parentElement;
      const had = document.activeElement === name(item);
      item.before(...found);
      item.remove();
      dress(list, list === top ? 1 : Number(name(list.closest("li")).getAttribute("aria-level")) + 1);
      if (found[0] && had) focus(found[0]);
      else ensureStop();
      announce(said, _("%(number)s more shown", { number: found.length }));
    } catch {
      delete item.dataset.loading;
      announce(said, _("The rest cannot be shown now. Try again."));
    }
  }

  // The address always opens what is open, so that coming back or sharing it keeps the place.
  function remember() {
    if (!keepAddress) return;
    const address = new URL(location.href);
    address.searchParams.delete("open");
    address.searchParams.delete("at");
    address.hash = "";
    const opened = items()
      .filter(isOpen)
      .map((item) => item.dataset.term);
    for (const term of [...new Set(opened)].slice(0, MOST_OPEN)) address.searchParams.append("open", term);
    history.replaceState(history.state, "", address);
  }

  function ensureStop() {
    const shown = items();
    if (!shown.some((item) => name(item).tabIndex === 0)) {
      focus(shown.find((item) => name(item).hasAttribute("aria-current")) ?? shown[0], { quietly: true });
    }
  }

  function find(item, letter) {
    const now = performance.now();
    typed = now - typedAt < 800 ? typed + letter : letter;
    typedAt = now;
    const shown = items();
    const start = shown.indexOf(item) + (typed.length === 1 ? 1 : 0);
    const order = [...shown.slice(start), ...shown.slice(0, start)];
    // The same letter again and again goes through all that begins with it.
    const wanted = new Set(typed).size === 1 ? [typed, typed[0]] : [typed];
    for (const text of wanted) {
      const from = text.length === 1 && typed.length > 1 ? [...order.slice(1), order[0]] : order;
      const found = from.find((each) => name(each).textContent.trim().toLocaleLowerCase().startsWith(text));
      if (found) {
        focus(found);
        return;
      }
    }
  }

  function move(item, key) {
    const shown = items();
    const at = shown.indexOf(item);
    const first = () => group(item)?.querySelector(":scope > li");
    switch (key) {
      case "ArrowDown":
        return shown[at + 1];
      case "ArrowUp":
        return shown[at - 1];
      case "Home":
        return shown[0];
      case "End":
        return shown[shown.length - 1];
      case "ArrowRight":
        if (name(item).hasAttribute("aria-expanded") && isOpen(item)) return first();
        if (name(item).hasAttribute("aria-expanded")) void open(item);
        return null;
      case "ArrowLeft":
        if (name(item).hasAttribute("aria-expanded") && isOpen(item)) {
          show(item, false);
          return null;
        }
        return parent(item);
      default:
        return undefined;
    }
  }

  top.addEventListener("keydown", (event) => {
    const item = event.target.closest("li");
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = move(item, event.key);
    if (target !== undefined || ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      typed = "";
      if (target) focus(target);
    } else if (event.key === " ") {
      event.preventDefault();
      name(item).click();
    } else if (event.key.length === 1) {
      event.preventDefault();
      find(item, event.key.toLocaleLowerCase());
    }
  });

  top.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    const link = event.target.closest("a");
    const item = link?.closest("li");
    if (!item) return;
    if (item.classList.contains("more")) {
      event.preventDefault();
      void more(item);
    } else if (link.classList.contains("twisty")) {
      event.preventDefault();
      focus(item);
      if (isOpen(item)) show(item, false);
      else void open(item);
    }
  });

  dress(top, 1);
  ensureStop();
  return { focus: () => focus(current() ?? items()[0]) };
}

// On the page of a term: the way to it is there; the whole tree comes when somebody asks for it.
function offer(section) {
  const link = section.querySelector("a.whole");
  const said = section.querySelector(".said");
  link.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    if (section.dataset.loading) return;
    section.dataset.loading = "yes";
    try {
      const answer = await fetch(section.dataset.hierarchy, { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.querySelector("[data-tree]");
      if (!found) throw new Error("no tree");
      const tree = document.importNode(found, true);
      section.querySelector(".tree").replaceWith(tree);
      link.textContent = _("Open the whole hierarchy");
      link.replaceWith(link.cloneNode(true)); // from now on it leads where it says
      enliven(tree, { keepAddress: false })?.focus();
    } catch {
      delete section.dataset.loading;
      announce(said, _("The hierarchy cannot be shown here now; follow the link again to try once more."));
    }
  });
}

for (const tree of document.querySelectorAll("main > [data-tree]")) enliven(tree, { keepAddress: true });
for (const section of document.querySelectorAll("[data-hierarchy]")) offer(section);
