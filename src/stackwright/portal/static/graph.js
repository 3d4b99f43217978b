// The graph can be made larger and smaller, dragged, and walked through with the arrow keys.
const found = () => document.querySelector(".canvas");
const STEPS = [0.4, 0.5, 0.65, 0.8, 1, 1.25, 1.5];
let zoom = 1;

const draw = () => {
  const svg = found()?.querySelector("svg");
  if (!svg) return;
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  svg.setAttribute("width", Math.round(width * zoom));
  svg.setAttribute("height", Math.round(height * zoom));
};
const step = (by) => {
  const nearest = STEPS.reduce((best, value, index) => (Math.abs(value - zoom) < Math.abs(STEPS[best] - zoom) ? index : best), 0);
  zoom = STEPS[Math.max(0, Math.min(STEPS.length - 1, nearest + by))];
  draw();
};
const fit = () => {
  const canvas = found(), svg = canvas?.querySelector("svg");
  if (!svg) return;
  const [, , width] = svg.getAttribute("viewBox").split(" ").map(Number);
  zoom = Math.max(0.65, Math.min(1, (canvas.clientWidth - 4) / width));
  draw();
};
const ACTIONS = { larger: () => step(1), smaller: () => step(-1), fit };
document.addEventListener("click", (event) => { const button = event.target.closest("[data-zoom]"); if (button) ACTIONS[button.dataset.zoom](); });
document.querySelector("[data-live]")?.addEventListener("shown", draw);

fit();

let from = null;
document.addEventListener("pointerdown", (event) => {
  const canvas = event.target.closest(".canvas");
  if (canvas && event.button === 0 && event.pointerType === "mouse" && !event.target.closest("a")) from = { canvas, x: event.clientX + canvas.scrollLeft, y: event.clientY + canvas.scrollTop };
});
window.addEventListener("pointermove", (event) => { if (from) { from.canvas.scrollLeft = from.x - event.clientX; from.canvas.scrollTop = from.y - event.clientY; } });
window.addEventListener("pointerup", () => { from = null; });

document.addEventListener("keydown", (event) => {
  const here = document.activeElement?.closest(".canvas a");
  if (!here || !event.key.startsWith("Arrow")) return;
  const nodes = [...found().querySelectorAll("svg a")], number = (node, name) => Number(node.dataset[name]);
  const sameColumn = nodes.filter((node) => number(node, "column") === number(here, "column"));
  const at = sameColumn.indexOf(here);
  const target = {
    ArrowDown: sameColumn[at + 1], ArrowUp: sameColumn[at - 1],
    ArrowLeft: nodes.find((node) => node.id === here.dataset.parent), ArrowRight: nodes.find((node) => node.dataset.parent === here.id),
  }[event.key];
  if (target) { event.preventDefault(); target.focus(); target.scrollIntoView({ block: "nearest", inline: "nearest" }); }
});
