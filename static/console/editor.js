// The text of a policy: Ace over the field of the form, which stays what is sent. The server judges it.

const field = document.querySelector("textarea[data-editor]");

/** The text that fields or a tool have made, for whoever shows it. */
function takeBuilt(show) {
  const built = document.querySelector("#builder [data-built]");
  if (!built) return;
  if (built.value !== field.value) show(built.value);
  built.remove();
}

/** The place of a column that counts characters, in a line that counts as scripts do. */
function placeIn(line, column) {
  return [...line].slice(0, column - 1).join("").length;
}

/** Ask before a text goes that was not saved: with the page, or with the part of it that holds the text. */
function watchLeaving() {
  let saved = "unsaved" in field.dataset ? null : field.value;
  let isLeaving = false; // by a way that means it
  const isUnsaved = () => !field.readOnly && !isLeaving && field.value !== saved;

  document.body.addEventListener("document-saved", (event) => { saved = event.detail.text; });
  // What htmx sends stays on the page; a form that the browser sends takes the text along.
  document.addEventListener("submit", (event) => {
    if (event.target === field.form && !event.defaultPrevented) isLeaving = true;
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-discards]")) isLeaving = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (isUnsaved()) event.preventDefault();
  });
  document.addEventListener("leaving", (event) => {
    const { replaces } = event.detail;
    if (!replaces.contains(field) || !isUnsaved()) return;
    if (!confirm(field.dataset.leaving)) event.preventDefault();
  });
}

/** What may stand at the cursor, from the server's catalogue. */
const completer = {
  identifierRegexps: [/[\w:@*.-]/],
  async getCompletions(editor, _session, _place, word, show) {
    const asked = new URL(field.dataset.completions, location.href);
    asked.searchParams.set("word", word);
    try {
      const answer = await fetch(asked, { headers: { Accept: "application/json" } });
      const { completions } = await answer.json();
      const scored = completions.map(({ word: value, kind: meta }, place) => ({ value, meta, score: -place }));
      show(null, scored);
      nameCompletions(editor);
    } catch {
      show(null, []);
    }
  },
};

/**
 * Say what the list of completions is, as Ace leaves its own markup with roles that do not fit: its cursor line,
 * its rows' parts, and lines that are no options. It draws the list anew with every key.
 */
function nameCompletions(editor) {
  const { popup } = editor.completer ?? {};
  if (!popup || popup.renderer.$textLayer.element.id) return; // there is none, or it is named
  const input = editor.textInput.getElement();
  const list = popup.renderer.$textLayer.element;
  list.id = "completions";
  // It stands at the end of the document, in no part of the page.
  popup.container.setAttribute("role", "region");
  popup.container.setAttribute("aria-label", field.dataset.completionsLabel);
  popup.textInput.getElement().tabIndex = -1; // hidden, and nothing is typed there
  const name = () => {
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", field.dataset.completionsLabel);
    list.removeAttribute("aria-roledescription");
    list.removeAttribute("aria-activedescendant"); // the keyboard is in the text, not in the list
    for (const line of list.children) {
      line.setAttribute("role", "option");
      line.removeAttribute("aria-roledescription");
      line.removeAttribute("aria-describedby"); // a tooltip that is not there
      line.removeAttribute("aria-current");
      line.setAttribute("aria-selected", String(line.classList.contains("ace_selected")));
      for (const part of line.querySelectorAll("[role]")) part.removeAttribute("role");
    }
  };
  popup.renderer.on("afterRender", name);
  name();
  const tell = (isOpen) => {
    if (isOpen) input.setAttribute("aria-controls", list.id);
    else input.removeAttribute("aria-controls");
  };
  popup.on("show", () => tell(true));
  popup.on("hide", () => tell(false));
  tell(popup.isOpen);
}

function openEditor() {
  const { ace } = window;
  ace.config.set("useStrictCSP", true);
  ace.config.set("loadWorkerFromBlob", false);
  ace.config.setMessages(JSON.parse(field.dataset.words));
  const holder = document.createElement("div");
  holder.className = "ace-holder";
  field.after(holder);
  field.hidden = true;
  const editor = ace.edit(holder, {
    useWorker: false, // before the mode, which would start one
    mode: "ace/mode/json",
    tabSize: 2,
    useSoftTabs: true,
    showPrintMargin: false,
    enableKeyboardAccessibility: true,
    readOnly: field.readOnly,
    textInputAriaLabel: field.dataset.label,
    fontSize: 13,
    newLineMode: "unix",
  });
  // By Ctrl+Space alone: a list that opens by itself would take Enter and Escape from who types.
  editor.setOptions({ enableBasicAutocompletion: [completer] });
  const { session } = editor;
  editor.setValue(field.value, -1);
  session.getUndoManager().reset();

  // What is typed is checked after a while; what was built was checked already.
  let isBuilt = false;
  session.on("change", () => {
    field.value = editor.getValue();
    if (!isBuilt) field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  const mark = () => session.setAnnotations(
    [...document.querySelectorAll("#problems [data-line]")].map((problem) => ({
      row: Number(problem.dataset.line) - 1,
      column: Number(problem.dataset.column) - 1,
      type: problem.dataset.kind,
      text: problem.querySelector(".problem-sentence").textContent,
    })),
  );
  document.body.addEventListener("diagnostics", () => {
    takeBuilt((text) => {
      isBuilt = true;
      editor.setValue(text, -1);
      isBuilt = false;
    });
    mark();
  });
  mark();

  document.addEventListener("click", (event) => {
    const problem = event.target.closest("#problems [data-line]");
    if (!problem) return;
    event.preventDefault();
    const line = Number(problem.dataset.line);
    editor.gotoLine(line, placeIn(session.getLine(line - 1) ?? "", Number(problem.dataset.column)), false);
    editor.focus();
  });
  // A link may lead to a line: `?line=12`.
  const asked = Number(new URLSearchParams(location.search).get("line"));
  if (asked > 0 && asked <= session.getLength()) {
    editor.gotoLine(asked, 0, false);
    editor.scrollToLine(asked - 1, true, false);
    editor.focus();
  }

  document.getElementById("document-label").addEventListener("click", () => editor.focus());

  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const dress = () => {
    const theme = document.documentElement.dataset.theme;
    const isDark = theme ? theme === "dark" : prefersDark.matches;
    editor.setTheme(isDark ? "ace/theme/github_dark" : "ace/theme/github_light_default");
  };
  dress();
  prefersDark.addEventListener("change", dress);
  new MutationObserver(dress).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  new ResizeObserver(() => editor.resize()).observe(holder);
  document.querySelector("[data-editor-help]").hidden = false;
}

if (field) watchLeaving();
if (field && window.ace) openEditor();
else if (field) {
  document.body.addEventListener("diagnostics", () => takeBuilt((text) => { field.value = text; }));
}
