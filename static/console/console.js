// What every page needs. The names of htmx's events stand here and nowhere else.

const toasts = document.getElementById("toasts");

const SHOWN = 6000;
const SHOWN_WITH_UNDO = 30000; // time to read, to decide and to get there by keyboard

/** Show a text for a while; an error stays until it is dismissed. `undo` is where it is taken back. */
export function toast(text, kind = "info", undo = null) {
  if (!toasts || !text) return;
  if ([...toasts.children].some((box) => box.dataset.kind === kind && box.querySelector("p").textContent === text)) return;
  const box = document.createElement("div");
  box.className = "toast";
  box.dataset.kind = kind;
  const words = document.createElement("p");
  words.textContent = text;
  box.append(words);
  if (kind === "error") {
    const dismiss = document.createElement("button");
    dismiss.type = "button";
    dismiss.textContent = "×";
    dismiss.setAttribute("aria-label", document.body.dataset.textDismiss);
    dismiss.addEventListener("click", () => box.remove());
    box.append(dismiss);
  } else {
    if (undo) box.append(undoForm(undo));
    setTimeout(() => box.remove(), undo ? SHOWN_WITH_UNDO : SHOWN);
  }
  toasts.append(box);
}

/** A form like those that the server writes into a toast. */
function undoForm({ href, label }) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = href;
  const token = document.createElement("input");
  token.type = "hidden";
  token.name = "csrfmiddlewaretoken";
  token.value = document.querySelector("meta[name=csrf]").content;
  const button = document.createElement("button");
  button.textContent = label;
  form.append(token, button);
  return form;
}

for (const box of toasts?.children ?? []) {
  setTimeout(() => box.remove(), box.querySelector("form") ? SHOWN_WITH_UNDO : SHOWN);
}

document.body.addEventListener("toast", (event) => {
  const { text, kind, undo, undo_label: label } = event.detail;
  toast(text, kind, undo ? { href: undo, label } : null);
});

document.body.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf]").content;
});

// What is about to be replaced may hold something that is not saved: who knows of it may say no.
document.body.addEventListener("htmx:beforeRequest", (event) => {
  const replaces = event.detail.target;
  const leaving = new CustomEvent("leaving", { cancelable: true, detail: { replaces } });
  if (!document.dispatchEvent(leaving)) event.preventDefault();
});

document.body.addEventListener("htmx:responseError", (event) => {
  const answer = event.detail.xhr;
  if (answer.status === 409 || answer.status === 422) return; // swapped into its place
  if (answer.getResponseHeader("HX-Trigger")?.includes('"toast"')) return; // said already
  toast(document.body.dataset.textFailed, "error");
});

document.body.addEventListener("htmx:sendError", () => toast(document.body.dataset.textOffline, "error"));

// Forms open in one dialog over the page; what opened it has the keyboard again afterwards.
const dialog = document.getElementById("dialog");
let opener = null;

dialog?.addEventListener("close", () => dialog.replaceChildren());

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== dialog || dialog.open || !dialog.firstElementChild) return;
  opener = document.activeElement?.id;
  dialog.showModal();
});

document.body.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (event.detail.target === dialog && status !== 409 && status !== 422) dialog.close();
});

document.body.addEventListener("structure-changed", closeDialog);
document.body.addEventListener("dialog-over", closeDialog);

function closeDialog() {
  if (!dialog?.open) return;
  dialog.close();
  dialog.replaceChildren(); // now: what is swapped in later opens it again
  // The opener has the keyboard, unless it went with the panel it stood in.
  if (document.activeElement !== document.body && !dialog.contains(document.activeElement)) return;
  (document.getElementById(opener) ?? document.querySelector("#detail h1, main h1")).focus();
}

document.addEventListener("click", (event) => {
  if (!dialog?.open || !event.target.closest("[data-closes-dialog]")) return;
  event.preventDefault();
  dialog.close();
});

// Where the page is now: the tree adds its search to it.
document.body.addEventListener("htmx:beforeHistoryUpdate", (event) => {
  document.dispatchEvent(new CustomEvent("address", { detail: { history: event.detail.history } }));
});

// A new panel: the tree hears of it; a keyboard that stood in the old one goes on at the new heading.
// A new tree: the keyboard stays at its item, and the view where it was.
let cameFromPanel = false;
let cameFromItem = null;
let scrolled = 0;
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const target = event.detail.target;
  const inside = target.contains(document.activeElement);
  if (target.id === "detail") cameFromPanel = inside;
  if (target.id !== "tree") return;
  cameFromItem = inside ? document.activeElement.id : null;
  scrolled = target.querySelector(".tree-scroll").scrollTop;
});
// What one stood at may be gone from a list that is drawn anew.
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "requests" && document.activeElement === document.body) {
    document.querySelector("main h1").focus();
  }
});
document.body.addEventListener("htmx:afterSettle", (event) => {
  const detail = document.getElementById("detail");
  if (!detail) return;
  if (cameFromPanel) detail.querySelector("h1").focus();
  cameFromPanel = false;
  if (event.target.id === "tree") event.target.querySelector(".tree-scroll").scrollTop = scrolled;
  const focus = event.target.id === "tree" ? cameFromItem : null;
  document.dispatchEvent(new CustomEvent("settled", { detail: { shown: detail.dataset.detail, focus } }));
});

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.copy);
    toast(copy.dataset.copied);
  }
  for (const menu of document.querySelectorAll("details[data-closes][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  event.target.closest?.("form")?.querySelector("[data-leaves-rename]")?.click();
  const menu = document.querySelector("details[data-closes][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// How many tags there would be, while they are typed.
document.addEventListener("input", (event) => {
  const rows = event.target.closest(".tag-rows");
  const told = rows?.querySelector("[data-counts]");
  if (!told) return;
  const kept = [...rows.querySelectorAll(".tag-row")].filter((row) =>
    row.querySelector("[name=key]")?.value.trim() && !row.querySelector("[name=remove]")?.checked);
  const { counts, limit } = told.dataset;
  told.textContent = counts.replace("{n}", kept.length).replace("{limit}", limit);
  told.classList.toggle("wrong", kept.length > Number(limit));
});

// The theme changes at once; the form tells the server, which renders it from then on.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-theme-switch]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const theme = event.submitter.value;
  const body = new FormData(form, event.submitter);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.querySelector("meta[name=color-scheme]").content = theme === "system" ? "light dark" : theme;
  for (const button of form.querySelectorAll("[aria-pressed]")) {
    button.setAttribute("aria-pressed", String(button === event.submitter));
  }
  try {
    await fetch(form.action, { method: "POST", body, redirect: "manual" });
  } catch {
    toast(document.body.dataset.textOffline, "error");
  }
});
