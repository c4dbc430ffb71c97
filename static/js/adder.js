// Finding labels to add by typing: the checkboxes that fit stay, Enter ticks the first or the one chosen by arrows.
import { index, rank } from "./rank.js";

export function startAdder(search) {
  if (!search || search.dataset.started) return;
  search.dataset.started = "1";
  search.hidden = false;
  const options = [...document.querySelectorAll("[data-addable]")];
  const list = options[0]?.parentElement;
  const indexed = index(options.map((option) => ({
    code: option.dataset.code, name: option.dataset.name, path: option.dataset.path,
    synonyms: option.dataset.synonyms ? option.dataset.synonyms.split("|") : [],
  })));
  let first = 0;
  let found = [];
  function narrow() {
    found = rank(indexed, search.value).map((place) => options[place]);
    options.forEach((option) => { option.hidden = true; });
    found.forEach((option) => { option.hidden = false; list.append(option); });
    point(0);
  }
  function point(to) {
    first = Math.max(0, Math.min(to, found.length - 1));
    options.forEach((option) => option.classList.remove("at"));
    if (!search.value || !found[first]) return;
    found[first].classList.add("at");
    found[first].scrollIntoView({ block: "nearest" });
  }
  search.addEventListener("input", narrow);
  search.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown") point(first + 1);
    else if (event.key === "ArrowUp") point(first - 1);
    else if (event.key === "Enter") {
      if (!search.value && search.hasAttribute("data-enter-submits")) return;
      const box = search.value && found[first]?.querySelector("input");
      if (box) {
        box.checked = !box.checked;
        box.dispatchEvent(new Event("change", { bubbles: true }));
        search.value = "";
        narrow();
      }
    } else return;
    event.preventDefault();
  });
}
