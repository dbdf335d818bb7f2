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

function openEditor() {
  const { ace } = window;
  ace.config.set("useStrictCSP", true);
  ace.config.set("loadWorkerFromBlob", false);
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

if (field && window.ace) openEditor();
else if (field) {
  document.body.addEventListener("diagnostics", () => takeBuilt((text) => { field.value = text; }));
}
