// Finding labels to add by typing: the checkboxes that fit stay, Enter ticks the first or the one chosen by arrows. A screen
// reader hears which; Tab passes over what is not ticked, since a taxonomy would be a hundred stops.
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
  const boxes = options.map((option) => option.querySelector("input"));
  const told = document.createElement("p");
  told.className = "unseen";
  told.setAttribute("role", "status");
  search.after(told);
  const settle = () => boxes.forEach((box) => { box.tabIndex = box.checked ? 0 : -1; });
  settle();
  document.addEventListener("change", settle);
  let first = 0;
  let found = [];
  function narrow() {
    found = rank(indexed, search.value).map((place) => options[place]);
    options.forEach((option) => { option.hidden = true; });
    found.forEach((option) => { option.hidden = false; list.append(option); });
    if (search.value && !found.length) told.textContent = "No label fits.";
    point(0);
  }
  function point(to) {
    first = Math.max(0, Math.min(to, found.length - 1));
    options.forEach((option) => option.classList.remove("at"));
    if (!search.value || !found[first]) return;
    found[first].classList.add("at");
    found[first].scrollIntoView({ block: "nearest" });
    told.textContent = `${found[first].dataset.name}, ${first + 1} of ${found.length}`;
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
        const said = `${found[first].dataset.name} ${box.checked ? "ticked" : "no longer ticked"}`;
        search.value = "";
        narrow();
        told.textContent = said;
      }
    } else return;
    event.preventDefault();
  });
}
