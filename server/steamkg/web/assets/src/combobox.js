// Suggestions under a search field: the combobox with a list of the ARIA Authoring Practices
// (list autocomplete, manual selection). Without script the field is a plain part of its form.
//
// data-suggest is the address that answers ?q=…; what it says comes in the language of the page.
const PAUSE = 60; // milliseconds without a key before anything is asked

export function combobox(input) {
  const list = document.createElement("ul");
  const said = document.createElement("p");
  list.id = `${input.id}-suggestions`;
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.dataset.suggestLabel);
  said.className = "hidden-text";
  said.setAttribute("role", "status");
  input.after(list, said);
  input.parentElement.classList.add("has-suggestions");
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");

  let active = -1;
  let timer = 0;
  let asking = null;

  const options = () => [...list.children];

  function close() {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    choose(-1);
  }

  function choose(at) {
    active = at;
    options().forEach((option, place) => {
      option.setAttribute("aria-selected", String(place === at));
      if (place === at) option.scrollIntoView({ block: "nearest" });
    });
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", options()[at].id);
  }

  function part(className, text, language) {
    const span = document.createElement("bdi");
    span.className = className;
    span.textContent = text;
    if (language) span.lang = language;
    return span;
  }

  function show(answer) {
    list.replaceChildren(...answer.suggestions.map((found, place) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${place}`;
      option.dataset.href = found.href;
      option.setAttribute("role", "option");
      option.append(part("name", found.name, found.language));
      if (found.matched) option.append(" ", part("matched", found.matched, found.matchedLanguage));
      if (found.kind) option.append(" ", part("kind", found.kind, found.kindLanguage));
      return option;
    }));
    said.textContent = answer.said;
    list.hidden = answer.suggestions.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    choose(-1);
  }

  async function ask() {
    const words = input.value.trim();
    asking?.abort();
    if (!words) {
      said.textContent = "";
      close();
      return;
    }
    asking = new AbortController();
    try {
      const address = `${input.dataset.suggest}?q=${encodeURIComponent(words)}`;
      const response = await fetch(address, { signal: asking.signal });
      if (response.ok) show(await response.json());
      else close(); // the form still works
    } catch (failure) {
      if (failure.name !== "AbortError") close();
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const count = options().length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) {
        ask();
        return;
      }
      const step = event.key === "ArrowDown" ? 1 : -1;
      // One place more than there are options: the field itself.
      choose(((active + 1 + step + count + 1) % (count + 1)) - 1);
    } else if (event.key === "Enter") {
      clearTimeout(timer);
      if (!list.hidden && active >= 0) {
        event.preventDefault();
        location.assign(options()[active].dataset.href);
      }
    } else if (event.key === "Escape" && (input.value || !list.hidden)) {
      // A search field would empty itself; what was typed stays. A menu around it still closes.
      event.preventDefault();
      if (list.hidden) input.closest(":popover-open")?.hidePopover();
      close();
    }
  });
  // The press, not the click: the field loses the focus in between and would close the list.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.href);
  });
  input.addEventListener("blur", close);
}
