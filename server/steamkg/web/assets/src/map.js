// What the map gains from script: one stop for Tab and arrow keys within, and a closer look.
// Without it every municipality is a link of its own and the picture stands still.
const picture = document.querySelector(".map-picture");
const places = picture ? [...picture.querySelectorAll(".territories a")] : [];

function at(place) {
  return { x: Number(place.dataset.x), y: Number(place.dataset.y) };
}

function stop(place) {
  for (const other of places) other.setAttribute("tabindex", other === place ? "0" : "-1");
}

// The nearest place within the quarter of the plane that an arrow points to.
function towards(from, dx, dy) {
  const here = at(from);
  let best = null;
  let least = Infinity;
  for (const place of places) {
    const x = at(place).x - here.x;
    const y = at(place).y - here.y;
    const ahead = x * dx + y * dy;
    const aside = Math.abs(x * dy) + Math.abs(y * dx);
    if (place === from || ahead <= 0 || aside > ahead) continue;
    const far = ahead + 2 * aside;
    if (far < least) [best, least] = [place, far];
  }
  return best;
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const ring = document.querySelector(".ring.focus");

if (places.length) {
  stop(places.find((place) => place.hasAttribute("aria-current")) ?? places[0]);
  picture.addEventListener("focusin", (event) => {
    const place = event.target.closest(".territories a:focus-visible");
    ring.setAttribute("d", place ? place.querySelector("path").getAttribute("d") : "");
  });
  picture.addEventListener("focusout", () => ring.setAttribute("d", ""));
  picture.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    const from = event.target.closest(".territories a");
    if (!arrow || !from || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const to = towards(from, ...arrow);
    if (!to) return;
    stop(to);
    to.focus();
  });
}

const buttons = document.querySelector(".map-buttons");
if (picture && buttons) {
  const [, , width, height] = picture.getAttribute("viewBox").split(" ").map(Number);
  const view = { x: 0, y: 0, scale: 1 };
  const show = () => {
    const across = width / view.scale;
    const down = height / view.scale;
    view.x = Math.min(Math.max(view.x, 0), width - across);
    view.y = Math.min(Math.max(view.y, 0), height - down);
    picture.setAttribute("viewBox", `${view.x} ${view.y} ${across} ${down}`);
  };
  const zoom = (factor) => {
    const middle = { x: view.x + width / view.scale / 2, y: view.y + height / view.scale / 2 };
    view.scale = Math.min(Math.max(view.scale * factor, 1), 8);
    view.x = middle.x - width / view.scale / 2;
    view.y = middle.y - height / view.scale / 2;
    show();
  };
  buttons.hidden = false;
  buttons.addEventListener("click", (event) => {
    const wanted = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (wanted === "in") zoom(1.6);
    if (wanted === "out") zoom(1 / 1.6);
    if (wanted === "all") zoom(0);
  });
  // Dragging moves what is larger than its frame; a press that did not move is a choice.
  let held = null;
  picture.addEventListener("pointerdown", (event) => {
    if (view.scale > 1 && event.button === 0) held = { x: event.clientX, y: event.clientY, moved: false };
  });
  window.addEventListener("pointermove", (event) => {
    if (!held) return;
    const unit = width / view.scale / picture.clientWidth;
    const dx = event.clientX - held.x;
    const dy = event.clientY - held.y;
    if (!held.moved && Math.hypot(dx, dy) < 6) return;
    view.x -= dx * unit;
    view.y -= dy * unit;
    held = { x: event.clientX, y: event.clientY, moved: true };
    show();
  });
  window.addEventListener("pointerup", () => setTimeout(() => { held = null; }));
  picture.addEventListener("dragstart", (event) => event.preventDefault());
  picture.addEventListener("click", (event) => { if (held?.moved) event.preventDefault(); }, true);
}
