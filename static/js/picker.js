// The label picker: type to narrow, arrows to move, Enter to choose. Without JavaScript it is a list of checkboxes.
export function startPickers() {
  document.querySelectorAll("[data-picker]").forEach(start);
  document.addEventListener("htmx:afterSwap", () => document.querySelectorAll("[data-picker]").forEach(start));
}

function start(picker) {
  if (picker.dataset.started) return;
  picker.dataset.started = "1";
  const search = picker.querySelector("[data-search]");
  const options = [...picker.querySelectorAll("[data-option]")];
  const chosen = picker.querySelector("[data-chosen]");
  const none = picker.querySelector("[data-none]");
  const count = picker.querySelector("[data-count]");
  const began = Date.now();
  const seconds = picker.querySelector("[name=seconds]");
  let at = -1;

  search.hidden = false;
  if (matchMedia("(hover: hover)").matches) search.focus({ preventScroll: true });
  const shown = () => options.filter((option) => !option.hidden);

  function narrow() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const ranked = options.filter((option) => {
      option.hidden = !words.every((word) => option.dataset.option.includes(word));
      return !option.hidden;
    });
    if (count) count.textContent = words.length ? `${ranked.length} of ${options.length}` : "";
    move(words.length && ranked.length ? best(ranked, words) : -1);
  }

  // The first whose name begins with what was typed, else the first.
  function best(ranked, words) {
    const place = ranked.findIndex((option) => option.dataset.option.startsWith(words[0]));
    return place < 0 ? 0 : place;
  }

  function move(to) {
    const list = shown();
    options.forEach((option) => option.classList.remove("at"));
    at = list.length ? Math.max(-1, Math.min(to, list.length - 1)) : -1;
    if (at >= 0) {
      list[at].classList.add("at");
      list[at].scrollIntoView({ block: "nearest" });
    }
  }

  function showChosen() {
    chosen.replaceChildren(
      ...options.filter((option) => option.querySelector("input").checked).map((option) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = `${option.dataset.name} ×`;
        button.setAttribute("aria-label", `Remove ${option.dataset.name}`);
        button.addEventListener("click", () => toggle(option, false));
        return button;
      }),
    );
  }

  function toggle(option, to) {
    const box = option.querySelector("input");
    box.checked = to ?? !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }

  search.addEventListener("input", narrow);
  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") move(at + 1);
    else if (event.key === "ArrowUp") move(at - 1);
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      const option = shown()[at];
      if (!option) return event.preventDefault();
      toggle(option);
      search.value = "";
      narrow();
    } else return;
    event.preventDefault();
  });
  picker.addEventListener("change", (event) => {
    if (none && event.target === none && none.checked) {
      options.forEach((option) => { option.querySelector("input").checked = false; });
    } else if (none && event.target.name === "labels" && event.target.checked) none.checked = false;
    showChosen();
  });
  picker.addEventListener("submit", () => {
    if (seconds) seconds.value = Math.min(21600, Math.round((Date.now() - began) / 1000));
  });
  showChosen();
}
