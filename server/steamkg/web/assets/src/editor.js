// Comforts for the SPARQL form; without this file the form works all the same.
"use strict";
(() => {
  const form = document.getElementById("ask");
  const query = document.getElementById("query");
  if (!form || !query) return;

  // Ctrl+Enter (Cmd+Enter) runs. Tab keeps moving the focus: nobody gets trapped here.
  query.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  const keys = document.getElementById("keys");
  if (keys) keys.hidden = false;

  // A long query does not fit into an address.
  form.addEventListener("submit", () => {
    form.method = query.value.length > 1500 ? "post" : "get";
  });

  // Put the cursor where the parser stopped.
  const line = Number(query.dataset.line), column = Number(query.dataset.column);
  if (line > 0) {
    const before = query.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    const place = Math.min(before + column - 1, query.value.length);
    query.focus({ preventScroll: true });
    query.setSelectionRange(place, place);
  }

  // Each prefix becomes a button that declares it, once, at the top.
  const list = document.getElementById("prefixes");
  if (!list) return;
  for (const item of list.querySelectorAll("li")) {
    const declaration = item.textContent.trim();
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = declaration.slice("PREFIX ".length).split(" ")[0];
    button.title = declaration;
    button.setAttribute("aria-label", list.dataset.add + " " + declaration);
    button.addEventListener("click", () => {
      if (!query.value.includes(declaration)) {
        query.setRangeText(declaration + "\n", 0, 0, "preserve");
      }
      query.focus();
    });
    item.replaceChildren(button);
  }
  list.className = "prefixes";
})();
