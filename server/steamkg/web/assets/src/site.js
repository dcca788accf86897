import { combobox } from "./combobox.js";

// What every page gains from script; without it nothing is missing but these comforts.
document.documentElement.classList.add("scripted");

// A button with data-copy="id" copies the words of that element and says so.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  if (!source || !navigator.clipboard) return;
  await navigator.clipboard.writeText(source.textContent.trim());
  const said = button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => { button.textContent = said; }, 2000);
});

// A button with data-fold="id" opens all folded parts in that element, or closes them.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fold]");
  if (!button) return;
  const open = button.toggleAttribute("data-open");
  document.querySelectorAll(`#${button.dataset.fold} details.fold`).forEach((fold) => { fold.open = open; });
  [button.textContent, button.dataset.other] = [button.dataset.other, button.textContent];
});

document.querySelectorAll("input[data-suggest]").forEach(combobox);
