// Logs: lines are added as they come, in one go for each picture; only the last ones are kept.
const logs = document.querySelector("[data-logs]");
const state = document.getElementById("logs-state"), follow = document.getElementById("follow"), search = document.getElementById("logs-search"), wrap = document.getElementById("wrap"), times = document.getElementById("times");
const MAX_LINES = 5000;
let waiting = [];

const fits = (line) => !search.value || line.dataset.text.toLowerCase().includes(search.value.toLowerCase());
const made = ([time, text]) => {
  const line = document.createElement("div"), when = document.createElement("span");
  when.textContent = `${time.slice(11, 23)} `;
  when.className = times.checked ? "" : "hidden";
  when.title = time;
  line.dataset.text = text;
  line.append(when, text);
  line.classList.toggle("hidden", !fits(line));
  return line;
};
const show = () => {
  const pieces = document.createDocumentFragment();
  for (const entry of waiting.splice(0)) pieces.append(made(entry));
  logs.append(pieces);
  while (logs.childElementCount > MAX_LINES) logs.firstElementChild.remove();
  if (follow.checked) logs.scrollTop = logs.scrollHeight;
};
const source = new EventSource(logs.dataset.logs);
source.onopen = () => { logs.textContent = ""; state.textContent = "Following."; };
source.onmessage = (event) => {
  if (!waiting.length) requestAnimationFrame(show);
  waiting.push(JSON.parse(event.data));
};
source.addEventListener("end", () => { source.close(); state.textContent = "The container has ended: no more lines will come."; });
source.onerror = () => { state.textContent = "The connection is lost; trying again."; };
search.addEventListener("input", () => {
  let found = 0;
  for (const line of logs.children) { const is = fits(line); line.classList.toggle("hidden", !is); found += is; }
  state.textContent = search.value ? `${found} of ${logs.childElementCount} lines` : "Following.";
});
wrap.addEventListener("change", () => logs.classList.toggle("wrap", wrap.checked));
times.addEventListener("change", () => { for (const when of logs.querySelectorAll("span")) when.classList.toggle("hidden", !times.checked); });
logs.addEventListener("wheel", (event) => { if (event.deltaY < 0) follow.checked = false; }, { passive: true });
