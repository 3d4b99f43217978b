// Keeps what the page shows true: the part marked data-live is fetched anew whenever the platform says that something changed.
import { morphed } from "./morph.js";

const UNITS = [["d", 86400], ["h", 3600], ["min", 60]];
const ago = (seconds) => {
  const unit = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  if (!unit) return "just now";
  const count = Math.floor(Math.abs(seconds) / unit[1]);
  return seconds < 0 ? `in ${count} ${unit[0]}` : `${count} ${unit[0]} ago`;
};
export const tellTimes = (within = document) => {
  for (const time of within.querySelectorAll("time[datetime]")) {
    const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
    if (!Number.isFinite(seconds)) continue;
    const text = ago(seconds);
    if (time.textContent !== text) time.textContent = text;
    time.title = new Date(time.dateTime).toLocaleString();
  }
};
tellTimes();
setInterval(tellTimes, 20000);

const REFRESH_MS = 200;
const live = document.querySelector("[data-live]");
let leaving = false;
window.addEventListener("submit", (event) => { if (!event.defaultPrevented) leaving = true; });
window.addEventListener("pageshow", () => { leaving = false; });

// At most one question at a time, and what happened in the meantime is asked for afterwards.
export const following = (source, refresh) => {
  let asked = false, again = false;
  const ask = async () => {
    if (asked) { again = true; return; }
    asked = true;
    try { await refresh(); } catch { /* the connection comes back, and with it the next word */ } finally {
      asked = false;
      if (again) { again = false; setTimeout(ask, REFRESH_MS); }
    }
  };
  const events = new EventSource(source);
  events.onmessage = ask;
  return ask;
};

const refresh = async () => {
  const answer = await fetch(location.href, { headers: { "X-Part": "live" } });
  if (answer.status === 404 || answer.redirected) { if (!leaving) location.reload(); return; }
  if (!answer.ok) return;
  const text = await answer.text();
  if (text === live.dataset.shown) return;
  live.dataset.shown = text;
  morphed(live, text);
  tellTimes(live);
  live.dispatchEvent(new Event("shown"));
};
if (live && live.dataset.live && window.EventSource) following(live.dataset.live, refresh);

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
}, true);

const PARTS = [["[data-rows]", "rows"], [".canvas", "graph"], ["[data-logs]", "logs"], ["[data-command], [data-all], [data-yaml], [data-auto]", "forms"]];
const bring = () => { for (const [mark, file] of PARTS) if (document.querySelector(mark)) import(`./${file}.js`); };
bring();
live?.addEventListener("shown", bring);
document.querySelector("[aria-current=page]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

// Keys: / looks for something, g and a letter go somewhere, ? tells which there are.
const PLACES = { o: ["", "Overview"], a: ["applications", "Applications"], s: ["applicationsets", "ApplicationSets"], t: ["timeline", "Timeline"], p: ["projects", "Projects"], r: ["repositories", "Repositories"], c: ["clusters", "Clusters"], k: ["objects", "Objects"] };
let going = 0;
const help = () => {
  let dialog = document.getElementById("keys");
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.id = "keys";
    dialog.setAttribute("aria-label", "Keys");
    const rows = Object.entries(PLACES).map(([key, [, name]]) => `<dt><kbd>g</kbd> <kbd>${key}</kbd></dt><dd>${name}</dd>`).join("");
    dialog.innerHTML = `<h2>Keys</h2><dl><dt><kbd>/</kbd></dt><dd>Search on this page</dd>${rows}<dt><kbd>?</kbd></dt><dd>This help</dd></dl><form method="dialog"><button>Close</button></form>`;
    document.body.append(dialog);
  }
  dialog.showModal();
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
  if (event.key === "/") { const search = document.querySelector("main input[type=search]"); if (search) { event.preventDefault(); search.focus(); search.select(); } }
  else if (event.key === "?") help();
  else if (event.key === "g") { going = Date.now(); }
  else if (Date.now() - going < 1200 && PLACES[event.key]) { going = 0; location.href = `${document.querySelector(".brand").getAttribute("href")}${PLACES[event.key][0]}`; }
});
