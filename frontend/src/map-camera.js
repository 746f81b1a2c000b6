// Zoom and pan: the scene of a drawing is scaled and moved, the page stays as it is.
const LEAST = 1;
const MOST = 8;
const STEP = 1.4;

export function makeCamera(map, drawing, { signal, calm, changed }) {
  const scene = drawing.querySelector(".scene");
  const box = drawing.viewBox.baseVal;
  let zoom = 1;
  let x = 0;
  let y = 0;
  let dragged = null;

  function apply(smooth) {
    zoom = Math.min(MOST, Math.max(LEAST, zoom));
    x = Math.min(0, Math.max(box.width * (1 - zoom), x));
    y = Math.min(0, Math.max(box.height * (1 - zoom), y));
    const before = scene.getAttribute("transform") ?? "translate(0 0) scale(1)";
    const after = `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${zoom.toFixed(3)})`;
    scene.setAttribute("transform", after);
    map.classList.toggle("zoomed", zoom > LEAST);
    if (smooth && !calm.matches && before !== after) {
      const css = (text) => text.replace(/translate\((\S+) (\S+)\)/, "translate($1px, $2px)");
      scene.animate([{ transform: css(before) }, { transform: css(after) }], { duration: 180, easing: "ease-out" });
    }
    changed(zoom);
  }

  // Keeps the point (px, py) of the drawing where it is.
  function scale(factor, px = box.width / 2, py = box.height / 2, smooth = true) {
    const next = Math.min(MOST, Math.max(LEAST, zoom * factor));
    x = px - ((px - x) * next) / zoom;
    y = py - ((py - y) * next) / zoom;
    zoom = next;
    apply(smooth);
  }

  function at(event) {
    const seen = drawing.getBoundingClientRect();
    return [((event.clientX - seen.x) / seen.width) * box.width, ((event.clientY - seen.y) / seen.height) * box.height];
  }

  drawing.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // without them the wheel scrolls the page
      event.preventDefault();
      scale(Math.exp(-event.deltaY / 240), ...at(event), false);
    },
    { signal, passive: false },
  );
  drawing.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button || zoom === LEAST) return;
      dragged = { from: at(event), x, y, moved: false, id: event.pointerId };
    },
    { signal },
  );
  drawing.addEventListener(
    "pointermove",
    (event) => {
      if (!dragged) return;
      const [px, py] = at(event);
      const [dx, dy] = [px - dragged.from[0], py - dragged.from[1]];
      if (!dragged.moved && Math.abs(dx) + Math.abs(dy) < 5) return;
      if (!dragged.moved) drawing.setPointerCapture(dragged.id);
      dragged.moved = true;
      [x, y] = [dragged.x + dx, dragged.y + dy];
      apply(false);
    },
    { signal },
  );
  const drop = () => {
    if (dragged?.moved) {
      // The click that ends a drag opens nothing.
      const swallow = (click) => {
        click.preventDefault();
        click.stopPropagation();
      };
      drawing.addEventListener("click", swallow, { once: true, capture: true });
      setTimeout(() => drawing.removeEventListener("click", swallow, { capture: true }), 0);
    }
    dragged = null;
  };
  drawing.addEventListener("pointerup", drop, { signal });
  drawing.addEventListener("pointercancel", drop, { signal });
  drawing.addEventListener("dragstart", (event) => event.preventDefault(), { signal });

  return {
    in: () => scale(STEP),
    out: () => scale(1 / STEP),
    fit: () => {
      zoom = 1;
      apply(true);
    },
    // Brings an element into view: by panning where the map is zoomed, by scrolling the page.
    show(node) {
      if (zoom > LEAST) {
        const part = node.getBBox();
        const [cx, cy] = [part.x + part.width / 2, part.y + part.height / 2];
        const [sx, sy] = [cx * zoom + x, cy * zoom + y];
        const margin = 60;
        if (sx < margin || sx > box.width - margin || sy < margin || sy > box.height - margin) {
          x = box.width / 2 - cx * zoom;
          y = box.height / 2 - cy * zoom;
          apply(true);
        }
      }
      node.scrollIntoView({ block: "nearest", inline: "nearest", behavior: calm.matches ? "auto" : "smooth" });
    },
  };
}
