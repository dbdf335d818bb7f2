// The tree: its keyboard, opening and closing, what is ticked, dragging, and which item the panel shows.
// Every item is a link and works without this. Each request names its source, because of one source only the
// last request that waits is sent.

const pane = document.querySelector("[data-tree]");
const bulk = document.getElementById("bulk");
const ITEM = "[role=treeitem]";
const link = (item) => item.querySelector(":scope > .row a");
// The children of an item come in parts, each a group behind the one before.
const isGroup = (element) => element?.role === "group";
const group = (item) => item.querySelector(":scope > [role=group]");
const lastChild = (item) => item.lastElementChild.lastElementChild;
const idOf = (item) => item.id.slice("node-".length);
const parentOf = (item) => item.parentElement.closest(ITEM);
const isOpen = (item) => item.getAttribute("aria-expanded") === "true";
const isEntity = (item) => ["unit", "account"].includes(item?.dataset.kind);
const top = () => pane.querySelector(ITEM);

// --- walking: from one item to the next in sight, however many there are ---

function after(item) {
  const first = isOpen(item) && group(item).firstElementChild;
  if (first) return first;
  for (let here = item; here; here = parentOf(here)) {
    const next = here.nextElementSibling ?? here.parentElement.nextElementSibling?.firstElementChild;
    if (next?.role === "treeitem") return next;
  }
  return null;
}

function lowest(item) {
  while (isOpen(item) && lastChild(item)) item = lastChild(item);
  return item;
}

function before(item) {
  const part = item.parentElement.previousElementSibling;
  const previous = item.previousElementSibling ?? (isGroup(part) && part.lastElementChild);
  return previous ? lowest(previous) : parentOf(item);
}

let tabStop = null;
function stopAt(item) {
  if (!tabStop?.isConnected) tabStop = pane.querySelector(`${ITEM}[tabindex='0']`);
  if (tabStop) tabStop.tabIndex = -1;
  tabStop = item;
  item.tabIndex = 0;
}

function focus(item) {
  if (!item) return;
  stopAt(item);
  item.focus({ preventScroll: true });
  item.firstElementChild.scrollIntoView({ block: "nearest" });
}

let typed = "";
let typedAt = 0;
function jump(item, letter) {
  const now = Date.now();
  typed = now - typedAt < 700 ? typed + letter : letter;
  typedAt = now;
  const matches = (other) => link(other).textContent.trim().toLowerCase().startsWith(typed);
  if (typed.length > 1 && matches(item)) return;
  for (let here = after(item) ?? top(); here !== item; here = after(here) ?? top()) {
    if (matches(here)) {
      focus(here);
      return;
    }
  }
}

// --- opening ---

function open(item) {
  if (item.getAttribute("aria-expanded") !== "false") return;
  item.setAttribute("aria-expanded", "true");
  // Its children come on the first opening; after a failure, on the next.
  if (group(item).childElementCount) return;
  window.htmx.ajax("GET", `${link(item).pathname}children/`, { source: item, target: group(item), swap: "innerHTML" });
}

function close(item) {
  if (item.hasAttribute("aria-expanded")) item.setAttribute("aria-expanded", "false");
}

function show(item) {
  const href = link(item).getAttribute("href");
  window.htmx.ajax("GET", href, { source: link(item), target: "#detail", swap: "outerHTML", push: href });
  open(item);
}

// --- what is ticked: the fields of the form under the tree ---

const ticks = () => [...bulk.querySelectorAll("[name=resource]")];
const isTicked = (id) => ticks().some((field) => field.value === id);

function tick(item, on) {
  if (!isEntity(item)) return;
  const id = idOf(item);
  item.setAttribute("aria-selected", String(on));
  const field = ticks().find((other) => other.value === id);
  if (field && !on) field.remove();
  if (field || !on) return;
  const added = document.createElement("input");
  Object.assign(added, { type: "hidden", name: "resource", value: id });
  bulk.append(added);
}

function tell() {
  const count = ticks().length;
  bulk.hidden = !count;
  const words = bulk.querySelector("[data-ticked]");
  words.textContent = count ? words.dataset.ticked.replace("{n}", count.toLocaleString(document.documentElement.lang)) : "";
}

/** What comes anew into the tree looks as ticked as it is. */
function showTicks() {
  for (const field of ticks()) document.getElementById(`node-${field.value}`)?.setAttribute("aria-selected", "true");
}

function clearTicks() {
  for (const field of ticks()) {
    document.getElementById(`node-${field.value}`)?.setAttribute("aria-selected", "false");
    field.remove();
  }
  tell();
}

let tickedLast = null;
function toggle(item) {
  tick(item, !isTicked(idOf(item)));
  tickedLast = item;
  tell();
}

function tickTo(item) {
  const from = tickedLast?.isConnected ? tickedLast : item;
  const following = from.compareDocumentPosition(item) & Node.DOCUMENT_POSITION_FOLLOWING;
  const [first, last] = following ? [from, item] : [item, from];
  for (let here = first; here; here = here === last ? null : after(here)) tick(here, true);
  tell();
}

function extend(item, next) {
  if (!next) return;
  tick(item, true);
  tick(next, true);
  tickedLast = next;
  tell();
  focus(next);
}

// --- dialogs for the item that has the keyboard, or for everything that is ticked ---

function ask(item, what) {
  if (!isEntity(item)) return;
  window.htmx.ajax("GET", `${link(item).pathname}${what}/`, { source: item, target: "#dialog", swap: "innerHTML" });
}

function move(item) {
  if (!bulk.hidden) bulk.querySelector("button").click();
  else ask(item, "move");
}

// --- the keyboard ---

const withAlt = { KeyM: move, KeyN: (item) => item.dataset.kind !== "account" && create(item) };

function create(item) {
  const href = item.dataset.kind === "root" ? `${link(item).pathname}units/${idOf(item)}/new/` : `${link(item).pathname}new/`;
  window.htmx.ajax("GET", href, { source: item, target: "#dialog", swap: "innerHTML" });
}

const plain = {
  ArrowDown: (item) => focus(after(item)),
  ArrowUp: (item) => focus(before(item)),
  Home: () => focus(top()),
  End: () => focus(lowest(top())),
  Enter: (item) => (isEntity(item) || item.dataset.kind === "root" ? show(item) : link(item).click()),
  ArrowRight: (item) => (isOpen(item) ? focus(group(item).querySelector(ITEM)) : open(item)),
  ArrowLeft: (item) => (isOpen(item) ? close(item) : focus(parentOf(item))),
  "*": (item) => (parentOf(item) ? parentOf(item).querySelectorAll(`:scope > [role=group] > ${ITEM}`).forEach(open) : open(item)),
  " ": toggle,
  Escape: clearTicks,
  F2: (item) => item.dataset.kind === "unit" && ask(item, "rename"),
  Delete: (item) => item.dataset.kind === "unit" && ask(item, "delete"),
};
const withShift = {
  ArrowDown: (item) => extend(item, after(item)),
  ArrowUp: (item) => extend(item, before(item)),
};

function actFor(event) {
  if (event.altKey) return withAlt[event.code];
  if (event.shiftKey && withShift[event.key]) return withShift[event.key];
  return plain[event.key] ?? (/^\S$/u.test(event.key) ? (item) => jump(item, event.key.toLowerCase()) : null);
}

document.addEventListener("keydown", (event) => {
  const item = event.target.closest?.(`[data-tree] ${ITEM}`);
  if (!item || event.ctrlKey || event.metaKey) return;
  const act = actFor(event);
  if (!act) return;
  event.preventDefault();
  act(item);
});

// --- the mouse ---

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-clears-ticks]")) {
    clearTicks();
    return;
  }
  const item = event.target.closest?.(`[data-tree] ${ITEM}`);
  if (!item || event.ctrlKey || event.metaKey) return;
  if (event.target.closest(".twist")) {
    if (isOpen(item)) close(item);
    else open(item);
  } else if (event.target.closest(".tick")) {
    if (event.shiftKey) tickTo(item);
    else toggle(item);
  } else if (event.target.closest(".name")) {
    event.preventDefault();
    if (event.shiftKey) tickTo(item);
    else show(item);
  }
});

// The next part comes behind the group that "Show more" ends. Then that goes, and the keyboard goes on
// at the first item that came.
let showsMore = null;
document.addEventListener("click", (event) => {
  const more = event.target.closest?.("[data-tree] [data-more]");
  if (!more || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  showsMore = more.closest(ITEM);
  window.htmx.ajax("GET", more.getAttribute("href"), { source: showsMore, target: showsMore.parentElement, swap: "afterend" });
});

function goOn() {
  const part = showsMore?.parentElement?.nextElementSibling;
  if (!isGroup(part)) return;
  const hadFocus = showsMore.contains(document.activeElement);
  showsMore.remove();
  showsMore = null;
  if (hadFocus) focus(part.firstElementChild);
}

// --- dragging: a shortcut for "Move to…", which posts the same form ---

let dragged = null;
let opensAt = null;
let waiting = 0;

document.addEventListener("pointerdown", (event) => {
  const item = event.target.closest?.(`[data-may-move] ${ITEM}`);
  if (isEntity(item)) item.firstElementChild.draggable = true;
});

document.addEventListener("dragstart", (event) => {
  const item = event.target.closest?.(`[data-may-move] ${ITEM}`);
  if (!isEntity(item)) return;
  dragged = item;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", link(item).textContent);
  document.getElementById("tree-refusal").replaceChildren();
});

const place = (event) => dragged && event.target.closest?.(`[data-tree] ${ITEM}:is([data-kind=unit], [data-kind=root])`);

function mark(target) {
  for (const other of pane.querySelectorAll(".row.drop")) other.classList.remove("drop");
  target?.firstElementChild.classList.add("drop");
}

document.addEventListener("dragover", (event) => {
  const target = place(event);
  if (!target || target === dragged) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
  if (target === opensAt) return;
  mark(target);
  opensAt = target;
  clearTimeout(waiting);
  waiting = setTimeout(() => opensAt === target && open(target), 700);
});

function drop(target) {
  const destination_parent_id = idOf(target);
  const together = isTicked(idOf(dragged)) && ticks().length > 1;
  if (!together) {
    const values = { source_parent_id: idOf(parentOf(dragged)), destination_parent_id };
    window.htmx.ajax("POST", `${link(dragged).pathname}move/`, { source: dragged, target: "#tree-refusal", swap: "innerHTML", values });
    return;
  }
  // Many at once are shown before they go: the dialog, with the place chosen.
  const values = { resource: ticks().map((field) => field.value), at: destination_parent_id, destination_parent_id };
  window.htmx.ajax("POST", bulk.action, { target: "#dialog", swap: "innerHTML", values });
}

document.addEventListener("drop", (event) => {
  const target = place(event);
  if (!target || target === dragged) return;
  event.preventDefault();
  drop(target);
});

document.addEventListener("dragend", () => {
  dragged = null;
  opensAt = null;
  clearTimeout(waiting);
  mark(null);
});

// --- the panel and the tree tell one another ---

// Draws the tree anew, as the server has it now; what is open stays open.
function redraw() {
  const open = [...pane.querySelectorAll("[aria-expanded='true']")]
    .filter((item) => item.checkVisibility()).map(idOf);
  window.htmx.ajax("GET", location.href, { source: pane, target: "#tree", swap: "outerHTML", values: { open } });
}

const renewPanel = () => window.htmx.ajax("GET", location.href, { source: "#detail", target: "#detail", swap: "outerHTML" });

document.addEventListener("structure-changed", () => {
  clearTicks();
  document.getElementById("tree-refusal").replaceChildren();
  redraw();
});
document.addEventListener("panel-outdated", renewPanel);
document.addEventListener("structure-outdated", () => {
  renewPanel();
  redraw();
});

// The fields of the search with a text in them; who sees a part of the tree only has no search.
function searched() {
  const form = document.getElementById("tree-search");
  return form ? [...new FormData(form)].filter(([, text]) => text) : [];
}

const isNarrowed = () => searched().length > 0;

let shown = document.getElementById("detail")?.dataset.detail;
let drawnFor = null;
document.addEventListener("settled", (event) => {
  showTicks();
  goOn();
  // A pointer leaves the keyboard at the link of an item.
  if (event.detail.focus) focus(document.getElementById(event.detail.focus)?.closest(ITEM));
  const item = document.getElementById(`node-${event.detail.shown}`);
  if (!item) {
    // Not in this tree yet: the server draws the one around it, once; after a change it does so anyway.
    if (document.querySelector("dialog[open]") || isNarrowed()) return;
    if (drawnFor === event.detail.shown) return;
    drawnFor = event.detail.shown;
    redraw();
    return;
  }
  drawnFor = null;
  if (shown !== event.detail.shown || !item.hasAttribute("aria-current")) point(item);
  shown = event.detail.shown;
});

function point(item) {
  for (const other of pane.querySelectorAll("[aria-current]")) other.removeAttribute("aria-current");
  item.setAttribute("aria-current", "page");
  for (let above = parentOf(item); above; above = parentOf(above)) open(above);
  if (pane.contains(document.activeElement)) return;
  stopAt(item);
  item.firstElementChild.scrollIntoView({ block: "nearest" });
}

// The search stays in the address, wherever in the structure one goes.
document.addEventListener("address", (event) => {
  const { history } = event.detail;
  const [path, query = ""] = history.path.split("?");
  if (!path.startsWith(pane.dataset.tree) || !isNarrowed()) return;
  const wanted = new URLSearchParams(query);
  for (const [name, text] of searched()) wanted.set(name, text);
  history.path = `${path}?${wanted}`;
});

pane.querySelector("[aria-current] > .row")?.scrollIntoView({ block: "nearest" });
