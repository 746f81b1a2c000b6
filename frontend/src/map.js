// The relational map: the server draws it, this makes it move. Every change of what is shown is a link or a form
// of the page, fetched and put in place, so that the address always says what one sees. Without this script the
// same links load the page anew.
import { announce, element } from "./elements.js";
import { makeCamera } from "./map-camera.js";
import { makeKeyboard } from "./map-keyboard.js";
import { makeTags } from "./map-tags.js";
import { savePicture } from "./map-picture.js";
import { _ } from "./words.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");

function start() {
  let map = document.getElementById("map");
  const said = document.getElementById("map-said");
  if (!map) return;
  let running = null;
  let stop = () => {};

  function enliven(focusIri = "") {
    stop();
    map.classList.add("live");
    for (const each of map.querySelectorAll(".map-tools, .keys")) each.hidden = false;
    const drawing = visibleDrawing(map);
    if (!drawing) return;
    const controller = new AbortController();
    const { signal } = controller;
    const name = map.dataset.label;
    for (const each of map.querySelectorAll(".stage > .drawing")) each.setAttribute("aria-hidden", each !== drawing);
    drawing.removeAttribute("aria-hidden");
    drawing.setAttribute("role", "group");
    drawing.setAttribute("aria-roledescription", _("map"));
    drawing.setAttribute("aria-label", name);
    drawing.setAttribute("aria-describedby", "map-keys");
    map.querySelector(".stage").removeAttribute("tabindex");
    const tags = makeTags(map, drawing);
    const camera = makeCamera(map, drawing, { signal, calm, changed: (zoom) => tags.draw(zoom) });
    const keyboard = makeKeyboard(map, drawing, {
      signal,
      camera,
      toggle: (link) => go(link.href, link.closest("[data-iri]").dataset.iri),
      say: (text) => announce(said, text),
    });
    tools(signal, camera, keyboard);
    tags.draw(1);
    showLargest(drawing);
    stop = () => controller.abort();
    if (focusIri) keyboard.focus(focusIri);
  }

  function tools(signal, camera, keyboard) {
    for (const button of map.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => camera[button.dataset.zoom](), { signal });
    }
    const find = map.querySelector("#map-find");
    find?.addEventListener("input", () => announce(said, keyboard.find(find.value)), { signal });
    find?.addEventListener(
      "keydown",
      (event) => {
        if (event.key === "Enter") {
          event.preventDefault();
          keyboard.focusFound();
        }
      },
      { signal },
    );
    map.querySelector("[data-png]")?.addEventListener(
      "click",
      async () => {
        try {
          await savePicture(map.querySelector(".downloads a[type='image/svg+xml']").href, map.dataset.label);
          announce(said, _("The picture is saved."));
        } catch (error) {
          announce(said, _("The picture could not be made (%(reason)s).", { reason: error.message }));
        }
      },
      { signal },
    );
  }

  // Fetches the page of another state and takes its map.
  async function go(address, focusIri = "", keep = true) {
    running?.abort();
    const controller = (running = new AbortController());
    map.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(address, { headers: { Accept: "text/html" }, signal: controller.signal });
      if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const next = page.getElementById("map");
      if (!next) throw new Error(_("there is no map at that address"));
      const before = positions(map);
      const wasOpen = map.querySelector("details")?.open;
      const made = document.importNode(next, true);
      map.replaceWith(made);
      map = made;
      if (wasOpen) map.querySelector("details")?.setAttribute("open", "");
      document.title = page.title;
      if (keep) history.pushState({ map: true }, "", address);
      enliven(focusIri);
      glide(before);
      announce(said, map.querySelector(".summary")?.textContent.trim().replace(/\s+/g, " ") ?? "");
    } catch (error) {
      if (running !== controller) return;
      const told = _("That could not be loaded (%(reason)s).", { reason: error.message });
      announce(said, told);
      map.querySelector(".summary")?.after(element("p", { class: "notice" }, told));
    } finally {
      if (running === controller) {
        running = null;
        map.removeAttribute("aria-busy");
      }
    }
  }

  function positions(root) {
    const drawing = visibleDrawing(root);
    const found = new Map();
    for (const node of drawing?.querySelectorAll(".node") ?? []) found.set(node.dataset.iri, node.getBoundingClientRect());
    return found;
  }

  // What was there before moves to its new place; what is new appears.
  function glide(before) {
    const drawing = visibleDrawing(map);
    if (!drawing || calm.matches || !before.size) return;
    const time = { duration: 350, easing: "ease-in-out" };
    for (const node of drawing.querySelectorAll(".node")) {
      const was = before.get(node.dataset.iri);
      const is = node.getBoundingClientRect();
      if (!was) node.animate([{ opacity: 0 }, { opacity: 1 }], time);
      else if (Math.abs(was.x - is.x) + Math.abs(was.y - is.y) > 1) {
        node.animate([{ transform: `translate(${was.x - is.x}px, ${was.y - is.y}px)` }, { transform: "none" }], time);
      }
    }
    drawing.querySelector(".ties")?.animate([{ opacity: 0 }, { opacity: 0, offset: 0.6 }, { opacity: 1 }], time);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("#map a[data-map]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const href = link.href.baseVal ?? link.href;
    go(new URL(href, location.href).href, link.closest(".node")?.dataset.iri ?? "");
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("#map form[data-map]");
    if (!form) return;
    event.preventDefault();
    go(addressOf(form));
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("#map form[data-map]");
    if (form) go(addressOf(form));
  });
  addEventListener("popstate", () => go(location.href, "", false));
  matchMedia("(max-width: 62rem)").addEventListener("change", () => enliven());
  enliven();
}

// The address that the form stands for, without what is as usual: all relations, one step, twenty of a group.
function addressOf(form) {
  const asked = new URLSearchParams();
  const usual = { depth: "1", limit: "20" };
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const all = (name) => boxes.filter((box) => box.name === name).every((box) => box.checked === (box.dataset.usual !== "no"));
  for (const [name, value] of new FormData(form)) {
    if (value === usual[name]) continue;
    if ((name === "relation" || name === "kind") && all(name)) continue;
    asked.append(name, value);
  }
  const text = asked.toString().replaceAll("%2F", "/");
  return form.action + (text ? `?${text}` : "");
}

// Where the overview is wider than the page, it begins at its largest disc.
function showLargest(drawing) {
  const stage = drawing.closest(".stage");
  const disc = drawing.querySelector(".disc");
  if (!disc || stage.scrollWidth <= stage.clientWidth) return;
  const seen = disc.getBoundingClientRect();
  stage.scrollLeft += seen.x + seen.width / 2 - (stage.getBoundingClientRect().x + stage.clientWidth / 2);
}

function visibleDrawing(root) {
  return [...root.querySelectorAll(".stage > .drawing")].find((each) => each.getClientRects().length) ?? null;
}

start();
