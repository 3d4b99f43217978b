// Keeps what the page shows true: the part marked data-live is fetched anew whenever the platform says that something changed.
"use strict";
const live = document.querySelector("[data-live]");
if (live && window.EventSource) {
  let asked = false, again = false;
  const refresh = async () => {
    if (asked) { again = true; return; }
    asked = true;
    try {
      const answer = await fetch(location.href, { headers: { "X-Part": "live" } });
      if (answer.ok) {
        const focus = document.activeElement && document.activeElement.id;
        live.innerHTML = await answer.text();
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
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});
