// A long list: only the rows in sight are in the page, the others are fetched as one scrolls. Without this script, pages lead on.
import { morph } from "./morph.js";
import { following, tellTimes } from "./portal.js";

const holder = document.querySelector("[data-rows]");
const body = holder.querySelector("tbody"), size = Number(holder.dataset.size), first = Number(holder.dataset.page);
const pages = new Map([[first, body.innerHTML]]);
let total = Number(holder.dataset.total), height = 0, drawn = "";

const measure = () => { const row = body.querySelector("tr:not(.spacer)"); if (row) height = row.getBoundingClientRect().height + (parseFloat(getComputedStyle(row).marginBottom) || 0); };
const spacer = (rows, key) => {
  const row = document.createElement("tr"), cell = document.createElement("td");
  row.className = "spacer";
  row.dataset.key = key;
  row.setAttribute("aria-hidden", "true");
  cell.colSpan = holder.querySelectorAll("th").length;
  row.style.height = `${rows * height}px`;
  row.append(cell);
  return row;
};
const link = (page) => { const url = new URL(location.href); url.searchParams.set("page", page); return url; };
const last = () => Math.max(1, Math.ceil(total / size));
const inSight = () => {
  const top = -body.getBoundingClientRect().top, rows = window.innerHeight / height, at = top / height;
  const low = Math.floor((at - rows) / size) + 1, high = Math.floor((at + 2 * rows) / size) + 1;
  const found = [];
  for (let page = Math.max(1, low); page <= Math.min(last(), Math.max(1, high)); page++) found.push(page);
  return found.slice(0, 6);
};
const draw = (shown) => {
  const text = shown.map((page) => pages.get(page) ?? "").join("\n") + total;
  if (text === drawn) return;
  drawn = text;
  const wanted = document.createElement("tbody");
  wanted.append(spacer((shown[0] - 1) * size, "above"));
  for (const page of shown) {
    if (pages.has(page)) { const part = document.createElement("tbody"); part.innerHTML = pages.get(page); wanted.append(...part.childNodes); }
    else wanted.append(spacer(Math.min(size, total - (page - 1) * size), `waiting-${page}`));
  }
  wanted.append(spacer(Math.max(0, total - shown.at(-1) * size), "below"));
  morph(body, wanted);
  for (const row of body.querySelectorAll(".spacer")) { const made = wanted.querySelector(`[data-key=${row.dataset.key}]`); if (made) row.style.height = made.style.height; }
  tellTimes(body);
};
const fetched = async (page) => {
  const answer = await fetch(link(page), { headers: { "X-Part": "rows" } });
  if (!answer.ok || answer.redirected) return;
  const text = await answer.text();
  total = Number(answer.headers.get("x-total"));
  pages.set(page, text);
  const told = document.getElementById("total");
  if (told) told.textContent = total;
};
let asking = false;
const look = async () => {
  if (!height) measure();
  if (!height) return;
  const shown = inSight();
  if (!shown.length) return;
  heightsFor(shown);
  const missing = shown.filter((page) => !pages.has(page));
  draw(shown);
  if (!missing.length || asking) return;
  asking = true;
  try { await Promise.all(missing.map(fetched)); } finally { asking = false; }
  requestAnimationFrame(look);
};
const heightsFor = (shown) => { for (const page of [...pages.keys()]) if (pages.size > 40 && !shown.includes(page)) pages.delete(page); };

if (first === 1 && total > size) {
  document.querySelector("[data-pages]")?.classList.add("hidden");
  let due = false;
  const soon = () => { if (!due) { due = true; requestAnimationFrame(() => { due = false; look(); }); } };
  window.addEventListener("scroll", soon, { passive: true });
  window.addEventListener("resize", () => { measure(); soon(); });
  look();
}
const again = async () => {
  const shown = first === 1 && total > size ? inSight() : [first];
  for (const page of [...pages.keys()]) if (!shown.includes(page)) pages.delete(page);
  await Promise.all(shown.map(fetched));
  if (first === 1 && total > size) { draw(shown); return; }
  const wanted = document.createElement("tbody");
  wanted.innerHTML = pages.get(first) ?? "";
  morph(body, wanted);
  tellTimes(body);
};
const counts = async () => {
  const answer = await fetch(location.href, { headers: { "X-Part": "counts" } });
  const place = document.getElementById("counts");
  if (!answer.ok || answer.redirected || !place) return;
  const wanted = document.createElement("template");
  wanted.innerHTML = await answer.text();
  morph(place, wanted.content);
};
following(holder.dataset.rows, () => Promise.all([again(), counts()]));
