// The SPARQL editor in the place of the form's text field; without this file the field does.
//
// It lives in a shadow tree, whose styles are constructed sheets: the page's policy stays as strict
// as everywhere, with no inline style and no nonce. Tab leaves the editor like any other field.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { sparql } from "codemirror-lang-sparql";
import { completions } from "./editor/completion.js";
import { theme } from "./editor/theme.js";

const form = document.getElementById("ask");
const field = document.getElementById("query");
if (form && field) enhance();

function enhance() {
  const declarations = [...document.querySelectorAll("#prefixes li")].map((one) => one.textContent.trim());
  const prefixes = Object.fromEntries(
    declarations.map((one) => /^PREFIX (\w+): <(.*)>$/.exec(one).slice(1)),
  );
  const host = document.createElement("div");
  host.className = "editor";
  host.id = "editor";
  field.before(host);
  const root = host.attachShadow({ mode: "open" });
  const hint = document.createElement("p");
  hint.id = "hint";
  hint.hidden = true;
  hint.textContent = document.getElementById("query-hint")?.textContent ?? "";
  root.append(hint);

  const run = () => {
    form.requestSubmit();
    return true;
  };
  const view = new EditorView({
    parent: root,
    root,
    doc: field.value.replace(/\n$/, ""),
    extensions: [
      lineNumbers(),
      highlightSpecialChars(),
      history(),
      drawSelection(),
      indentOnInput(),
      bracketMatching(),
      closeBrackets(),
      highlightActiveLine(),
      EditorState.tabSize.of(2),
      EditorView.lineWrapping,
      sparql(),
      theme,
      autocompletion({
        override: [completions({ address: field.dataset.completions, prefixes, language: document.documentElement.lang })],
        icons: false,
      }),
      EditorState.phrases.of({ Completions: field.dataset.suggestions }),
      EditorView.contentAttributes.of({
        "aria-label": document.querySelector('label[for="query"]').textContent,
        "aria-describedby": "hint",
        ...(field.getAttribute("aria-invalid") ? { "aria-invalid": "true" } : {}),
      }),
      keymap.of([{ key: "Mod-Enter", run }, ...completionKeymap, ...closeBracketsKeymap, ...historyKeymap, ...defaultKeymap]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) field.value = update.state.doc.toString();
      }),
    ],
  });
  field.hidden = true;
  field.required = false; // a field that is not seen cannot be pointed at; the server says it too
  host.classList.toggle("invalid", field.getAttribute("aria-invalid") === "true");
  document.querySelector('label[for="query"]').addEventListener("click", (event) => {
    event.preventDefault();
    view.focus();
  });

  // A browser that comes back to the page puts back what stood in the field.
  window.addEventListener("pageshow", () => {
    const now = view.state.doc.toString();
    if (field.value.trim() !== now.trim()) {
      view.dispatch({ changes: { from: 0, to: now.length, insert: field.value } });
    }
  });
  // A long query does not fit into an address.
  form.addEventListener("submit", () => {
    field.value = view.state.doc.toString();
    form.method = field.value.length > 1500 ? "post" : "get";
  });
  const keys = document.getElementById("keys");
  if (keys) keys.hidden = false;

  showFault(view);
  offerPrefixes(view, declarations);
}

// Put the cursor where the parser stopped, and its words there.
function showFault(view) {
  const line = Number(field.dataset.line), column = Number(field.dataset.column);
  if (!(line > 0 && line <= view.state.doc.lines)) return;
  const at = view.state.doc.line(line);
  const place = Math.min(at.from + Math.max(column - 1, 0), at.to);
  const word = /^[^\s{}()[\];,]+|^\S/.exec(view.state.doc.sliceString(place, at.to));
  const to = place + (word ? word[0].length : 0);
  view.dispatch(setDiagnostics(view.state, [{ from: place, to, severity: "error", message: field.dataset.reason ?? "" }]));
  view.dispatch({ selection: { anchor: place }, effects: EditorView.scrollIntoView(place) });
  view.contentDOM.focus({ preventScroll: true });
}

// Each prefix becomes a button that declares it, once, at the top.
function offerPrefixes(view, declarations) {
  const list = document.getElementById("prefixes");
  if (!list) return;
  list.replaceChildren(
    ...declarations.map((declaration) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = declaration.slice("PREFIX ".length).split(" ")[0];
      button.title = declaration;
      button.setAttribute("aria-label", `${list.dataset.add} ${declaration}`);
      button.addEventListener("click", () => {
        if (!view.state.doc.toString().includes(declaration)) {
          view.dispatch({ changes: { from: 0, insert: `${declaration}\n` } });
        }
        view.focus();
      });
      item.append(button);
      return item;
    }),
  );
  list.className = "prefixes";
}
