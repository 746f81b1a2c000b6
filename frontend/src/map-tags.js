// Names beside the signs of the overview: the closer one looks, the more there are, and none on another.
const LEAST_ZOOM = 1.9;
const MOST = 220;
const SIZE = 12;

export function makeTags(map, drawing) {
  if (!drawing.classList.contains("overview")) return { draw() {} };
  const scene = drawing.querySelector(".scene");
  const layer = document.createElementNS("http://www.w3.org/2000/svg", "g");
  layer.setAttribute("aria-hidden", "true");
  scene.append(layer);
  const signs = [...drawing.querySelectorAll(".leaf")].map((leaf) => {
    const box = leaf.querySelector(".glyph").getBBox();
    const text = leaf.querySelector("title").textContent;
    const name = text.replace(/ \([^()]*\)$/, "");
    return { x: box.x + box.width / 2, y: box.y + box.height / 2, half: box.width / 2, name: name.length > 34 ? `${name.slice(0, 33)}…` : name, many: "many" in leaf.dataset };
  });
  signs.sort((first, second) => Number(second.many) - Number(first.many));

  return {
    draw(zoom) {
      layer.replaceChildren();
      // Signs grow less than the map does, which makes room for names.
      const shrink = zoom ** -0.55;
      scene.style.setProperty("--shrink", shrink);
      if (zoom < LEAST_ZOOM) return;
      const size = SIZE / zoom;
      const taken = [...drawing.querySelectorAll(".hub text")].map((text) => text.getBBox());
      for (const { x, y, half } of signs) {
        const reach = half * shrink;
        taken.push({ x: x - reach, y: y - reach, width: 2 * reach, height: 2 * reach });
      }
      const matrix = scene.transform.baseVal.consolidate()?.matrix;
      const seen = drawing.viewBox.baseVal;
      const inView = (sign) => {
        const x = sign.x * (matrix?.a ?? 1) + (matrix?.e ?? 0);
        const y = sign.y * (matrix?.d ?? 1) + (matrix?.f ?? 0);
        return x > -50 && y > -20 && x < seen.width + 50 && y < seen.height + 20;
      };
      let drawn = 0;
      for (const sign of signs.filter(inView)) {
        const away = sign.half * shrink + 5 / zoom;
        const width = sign.name.length * size * 0.64;
        const sides = [sign.x + away, sign.x - away - width].map((x) => ({ x, y: sign.y - size * 0.6, width, height: size * 1.2 }));
        const box = sides.find((side) => !taken.some((other) => clashes(side, other)));
        if (!box || (drawn += 1) > MOST) continue;
        taken.push(box);
        const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
        text.setAttribute("class", "tag");
        text.setAttribute("x", box.x);
        if (box === sides[1]) {
          text.setAttribute("x", sign.x - away);
          text.setAttribute("text-anchor", "end");
        }
        text.setAttribute("y", sign.y + size * 0.35);
        text.setAttribute("font-size", size);
        text.setAttribute("stroke-width", 3 / zoom);
        text.textContent = sign.name;
        layer.append(text);
      }
    },
  };
}

function clashes(first, second) {
  return (
    first.x < second.x + second.width &&
    second.x < first.x + first.width &&
    first.y < second.y + second.height &&
    second.y < first.y + first.height
  );
}
