// Keeps what the page shows true: the part marked data-live is fetched anew whenever the platform says that something changed.
"use strict";
const ago = (seconds) => {
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    const count = Math.floor(seconds / size);
    if (count) return `${count} ${unit}${count > 1 ? "s" : ""} ago`;
  }
  return "just now";
};
const tellTimes = () => {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
    if (Number.isFinite(seconds)) { time.textContent = ago(seconds); time.title = time.dateTime; }
  }
};
tellTimes();
setInterval(tellTimes, 30000);

const live = document.querySelector("[data-live]");
if (live && window.EventSource) {
  let asked = false, again = false, leaving = false;
  window.addEventListener("submit", () => { leaving = true; });
  const refresh = async () => {
    if (asked) { again = true; return; }
    asked = true;
    try {
      const answer = await fetch(location.href, { headers: { "X-Part": "live" } });
      if (answer.status === 404) { if (!leaving) location.reload(); return; }
      const text = answer.ok && !answer.redirected ? await answer.text() : null;
      if (text !== null && text !== live.dataset.shown) {
        const focus = document.activeElement && document.activeElement.id;
        const open = [...live.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent);
        live.innerHTML = text;
        live.dataset.shown = text;
        for (const summary of live.querySelectorAll("details > summary")) if (open.includes(summary.textContent)) summary.parentElement.open = true;
        tellTimes();
        if (focus) document.getElementById(focus)?.focus();
      }
    } finally {
      asked = false;
      if (again) { again = false; setTimeout(refresh, 150); }
    }
  };
  const source = new EventSource(live.dataset.live);
  source.onmessage = refresh;
}

// Logs: lines are added as they come; only the last ones are kept.
const logs = document.querySelector("[data-logs]");
if (logs && window.EventSource) {
  const state = document.getElementById("logs-state"), follow = document.getElementById("follow");
  const source = new EventSource(logs.dataset.logs);
  const MAX_LINES = 5000;
  source.onopen = () => { logs.textContent = ""; state.textContent = "Following."; };
  source.onmessage = (event) => {
    const [time, text] = JSON.parse(event.data);
    const line = document.createElement("div"), when = document.createElement("span");
    when.textContent = `${time} `;
    line.append(when, text);
    logs.append(line);
    if (logs.childElementCount > MAX_LINES) logs.firstElementChild.remove();
    if (follow.checked) logs.scrollTop = logs.scrollHeight;
  };
  source.addEventListener("end", () => { source.close(); state.textContent = "The container has ended: no more lines will come."; });
  source.onerror = () => { state.textContent = "The connection is lost; trying again."; };
}

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});
