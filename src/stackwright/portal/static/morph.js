// Makes what the page shows equal to what the server says, and leaves alone what is equal already: focus, open parts, what is
// typed and how far one has scrolled stay as they are.
const KEPT = new Set(["open", "style"]);

const same = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.nodeType !== 1 || keyOf(a) === keyOf(b));
const keyOf = (node) => node.id || node.getAttribute("data-key") || "";

export const morph = (live, wanted) => {
  const rest = [...live.childNodes];
  let place = live.firstChild;
  for (const next of [...wanted.childNodes]) {
    const index = rest.findIndex((node) => same(node, next));
    if (index < 0) { live.insertBefore(next, place); continue; }
    const [found] = rest.splice(index, 1);
    if (found !== place) live.insertBefore(found, place); else place = place.nextSibling;
    settle(found, next);
  }
  for (const node of rest) node.remove();
};

const settle = (live, wanted) => {
  if (live.nodeType !== 1) { if (live.data !== wanted.data) live.data = wanted.data; return; }
  if (live.nodeName === "TIME" && live.getAttribute("datetime") === wanted.getAttribute("datetime")) return;
  const isField = ["INPUT", "TEXTAREA", "SELECT"].includes(live.nodeName);
  for (const { name } of [...live.attributes]) if (!wanted.hasAttribute(name) && !KEPT.has(name)) live.removeAttribute(name);
  for (const { name, value } of wanted.attributes) if (!KEPT.has(name) && live.getAttribute(name) !== value) live.setAttribute(name, value);
  if (!isField && !live.hasAttribute("data-own")) morph(live, wanted);
};

export const morphed = (live, html) => {
  const wanted = document.createElement("template");
  wanted.innerHTML = html;
  morph(live, wanted.content);
};
