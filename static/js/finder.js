// Labels in a form, found by typing: Enter takes the first one found, a chip takes it away again. The boxes are what is sent.
import { index, rank } from "./rank.js";

const SHOWN = 60;

for (const finder of document.querySelectorAll("[data-finder]")) start(finder);

function start(finder) {
  const [list, search, count, tray] = [".options", "[data-search]", "[data-count]", "[data-chosen]"].map((one) => finder.querySelector(one));
  const rows = [...list.querySelectorAll("[data-option]")];
  const boxes = rows.map((row) => row.querySelector("input"));
  const indexed = index(rows.map((row, place) => ({
    code: boxes[place].value, name: row.dataset.name, path: row.dataset.path, synonyms: row.dataset.synonyms ? row.dataset.synonyms.split("|") : [],
  })));
  let found = rows;
  let at = -1;

  const mark = (to) => {
    found[at]?.classList.remove("at");
    at = Math.max(-1, Math.min(to, found.length - 1));
    found[at]?.classList.add("at");
    found[at]?.scrollIntoView({ block: "nearest" });
  };

  const filter = () => {
    mark(-1);
    const query = search.value.trim();
    const places = query ? rank(indexed, query).slice(0, SHOWN) : rows.map((_, place) => place);
    found = places.map((place) => rows[place]);
    for (const row of rows) row.hidden = true;
    for (const row of found) row.hidden = false;
    list.append(...found);
    list.classList.toggle("filtered", Boolean(query));
    count.textContent = query ? `${places.length} of ${rows.length}` : "";
    list.scrollTop = 0;
    mark(query ? 0 : -1);
  };

  const show = () => {
    const chips = boxes.filter((box) => box.checked).map((box) => {
      const chip = document.createElement("button");
      const name = box.closest("[data-option]").dataset.name;
      chip.type = "button";
      chip.dataset.code = box.value;
      chip.setAttribute("aria-label", `Remove ${name}`);
      chip.append(name, Object.assign(document.createElement("span"), { ariaHidden: "true", textContent: " ×" }));
      return chip;
    });
    const none = Object.assign(document.createElement("span"), { className: "muted smaller", textContent: "None chosen: none applies" });
    tray.replaceChildren(...(chips.length ? chips : [none]));
  };

  const toggle = (box, checked) => {
    box.checked = checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  };

  finder.querySelector("[data-searching]").hidden = false;
  tray.hidden = false;
  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault(); // it takes a label, and does not send the form
      const box = found[at]?.querySelector("input");
      if (!box) return;
      toggle(box, !box.checked);
      search.value = "";
      filter();
    } else if (event.key === "Escape" && search.value) {
      event.preventDefault();
      search.value = "";
      filter();
    }
  });
  list.addEventListener("change", show);
  tray.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-code]");
    if (!chip) return;
    toggle(boxes.find((box) => box.value === chip.dataset.code), false);
    search.focus();
  });
  show();
}
