// Forms that show the command which does the same, mark all at once, or look again as soon as something is chosen.
for (const shown of document.querySelectorAll("[data-command]")) {
  const form = shown.closest("form");
  const tell = () => {
    const flags = [];
    for (const field of form.elements) {
      if (!field.dataset.flag) continue;
      if (field.type === "checkbox" ? field.checked : field.value) flags.push(field.type === "checkbox" ? field.dataset.flag : `${field.dataset.flag} ${field.value}`);
    }
    const boxes = [...form.querySelectorAll("[data-resource]")], chosen = boxes.filter((box) => box.checked);
    if (chosen.length && chosen.length < boxes.length) flags.push(...chosen.map((box) => `--resource ${box.dataset.resource}`));
    shown.textContent = [shown.dataset.command, ...flags].join(" ");
    for (const button of form.querySelectorAll("[data-needs-some]")) button.disabled = boxes.length > 0 && chosen.length === 0;
  };
  form.addEventListener("input", tell);
  form.addEventListener("change", tell);
  document.querySelector("[data-live]")?.addEventListener("shown", tell);
  tell();
}

for (const all of document.querySelectorAll("[data-all]")) {
  const form = all.closest("form");
  all.addEventListener("change", () => {
    for (const box of form.querySelectorAll("[data-resource]")) if (!all.dataset.all || box.dataset.state === all.dataset.all) box.checked = all.checked;
    form.dispatchEvent(new Event("input"));
  });
}

for (const field of document.querySelectorAll("[data-auto]")) field.addEventListener("change", () => field.form.requestSubmit());

// Tab moves two spaces within YAML; Escape and then Tab leaves the field.
for (const area of document.querySelectorAll("[data-yaml]")) {
  let leave = false;
  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { leave = true; return; }
    if (event.key !== "Tab" || event.shiftKey || leave) { leave = leave && event.key === "Shift"; return; }
    event.preventDefault();
    area.setRangeText("  ", area.selectionStart, area.selectionEnd, "end");
  });
}
