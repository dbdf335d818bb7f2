// The keyboard in the tree, opening and closing, and which item the panel shows.
// Every item is a link and works without this.

const tree = () => document.querySelector("[data-tree]");
const items = () => [...tree().querySelectorAll("[role=treeitem]")].filter((item) => item.checkVisibility());
const link = (item) => item.querySelector(":scope > .row a");
const parentOf = (item) => item.parentElement.closest("[role=treeitem]");

function focus(item) {
  if (!item) return;
  for (const other of tree().querySelectorAll("[role=treeitem][tabindex='0']")) other.tabIndex = -1;
  item.tabIndex = 0;
  item.focus({ preventScroll: true });
  item.querySelector(":scope > .row").scrollIntoView({ block: "nearest" });
}

function open(item) {
  if (item.getAttribute("aria-expanded") !== "false") return;
  item.setAttribute("aria-expanded", "true");
  // Its children come on the first opening.
  item.querySelector(":scope > [role=group]").dispatchEvent(new CustomEvent("open-branch"));
}

function close(item) {
  if (item.hasAttribute("aria-expanded")) item.setAttribute("aria-expanded", "false");
}

/** Opens "Move to…" for an item, whatever the panel shows. */
function moveTo(item, event) {
  if (!["unit", "account"].includes(item.dataset.kind)) return;
  event.preventDefault();
  window.htmx.ajax("GET", `${link(item).pathname}move/`, { target: "#dialog", swap: "innerHTML" });
}

let typed = "";
let typedAt = 0;
function search(item, letter) {
  const now = Date.now();
  typed = now - typedAt < 700 ? typed + letter : letter;
  typedAt = now;
  const all = items();
  const from = all.indexOf(item) + (typed.length > 1 ? 0 : 1);
  focus([...all.slice(from), ...all.slice(0, from)].find((other) =>
    link(other).textContent.trim().toLowerCase().startsWith(typed)));
}

document.addEventListener("keydown", (event) => {
  const item = event.target.closest?.("[data-tree] [role=treeitem]");
  if (!item || event.ctrlKey || event.metaKey) return;
  if (event.altKey) {
    if (event.code === "KeyM") moveTo(item, event);
    return;
  }
  const all = items();
  const place = all.indexOf(item);
  const expanded = item.getAttribute("aria-expanded");
  const keys = {
    ArrowDown: () => focus(all[place + 1]),
    ArrowUp: () => focus(all[place - 1]),
    Home: () => focus(all[0]),
    End: () => focus(all.at(-1)),
    Enter: () => link(item).click(),
    ArrowRight: () => (expanded === "true" ? focus(item.querySelector("[role=treeitem]")) : open(item)),
    ArrowLeft: () => (expanded === "true" ? close(item) : focus(parentOf(item))),
    "*": () => [...item.parentElement.children].forEach(open),
  };
  const act = keys[event.key] ?? (/^\S$/u.test(event.key) ? () => search(item, event.key.toLowerCase()) : null);
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", (event) => {
  const item = event.target.closest?.("[data-tree] [role=treeitem]");
  if (!item) return;
  if (event.target.closest("svg.twist")) {
    if (item.getAttribute("aria-expanded") === "true") close(item);
    else open(item);
  } else if (event.target.closest(".name")) {
    open(item);
  }
});

// "Show more" is replaced by what it brings: the keyboard goes on at the first item that came.
let beforeMore = null;
document.addEventListener("click", (event) => {
  const more = event.target.closest?.("[data-tree] .more");
  if (more) beforeMore = more.previousElementSibling;
});

// Draws the tree anew, as the server has it now; what is open stays open.
function redraw() {
  const open = [...tree().querySelectorAll("[aria-expanded='true']")]
    .filter((item) => item.checkVisibility()).map((item) => item.dataset.id);
  window.htmx.ajax("GET", location.href, { target: "#tree", swap: "outerHTML", values: { open } });
}

document.addEventListener("structure-changed", redraw);
document.addEventListener("structure-outdated", () => {
  window.htmx.ajax("GET", location.href, { target: "#detail", swap: "outerHTML" });
  redraw();
});

let shown = document.getElementById("detail")?.dataset.detail;
let drawnFor = null;
document.addEventListener("settled", (event) => {
  if (beforeMore && document.activeElement === document.body) focus(beforeMore.nextElementSibling);
  beforeMore = null;
  if (event.detail.focus) focus(document.getElementById(event.detail.focus));
  const item = document.getElementById(`node-${event.detail.shown}`);
  if (!item) {
    // Not in this tree yet: the server draws the one around it, once; after a change it does so anyway.
    if (document.querySelector("dialog[open]")) return;
    if (drawnFor === event.detail.shown) return;
    drawnFor = event.detail.shown;
    redraw();
    return;
  }
  drawnFor = null;
  if (shown !== event.detail.shown || !item.hasAttribute("aria-current")) mark(item);
  shown = event.detail.shown;
});

function mark(item) {
  for (const other of tree().querySelectorAll("[aria-current]")) other.removeAttribute("aria-current");
  item.setAttribute("aria-current", "page");
  for (let above = parentOf(item); above; above = parentOf(above)) open(above);
  if (tree().contains(document.activeElement)) return;
  for (const other of tree().querySelectorAll("[tabindex='0']")) other.tabIndex = -1;
  item.tabIndex = 0;
  item.querySelector(":scope > .row").scrollIntoView({ block: "nearest" });
}

tree()?.querySelector("[aria-current] > .row")?.scrollIntoView({ block: "nearest" });
