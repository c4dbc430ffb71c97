// The label column: type to find, arrows to move, Enter to take; the tray of what is chosen and the quick row.
import { index, rank } from "./rank.js";

const SHOWN = 60; // of the labels found; who needs more types another letter

export class Options {
  // `act` has toggle(code), has(code), chosen() and say(text).
  constructor(bench, act) {
    this.act = act;
    this.list = bench.querySelector(".options");
    this.search = bench.querySelector("[data-search]");
    this.count = bench.querySelector("[data-count]");
    this.tray = bench.querySelector("[data-chosen]");
    this.quickRow = bench.querySelector("[data-quick-row]");
    this.guide = bench.querySelector("[data-guide]");
    this.rows = [...this.list.children];
    this.placeOf = new Map(this.rows.map((row, place) => [row, place]));
    this.byCode = new Map(this.rows.map((row) => [codeOf(row), row]));
    this.labels = this.rows.map((row) => ({
      code: codeOf(row), name: row.dataset.name, path: row.dataset.path, synonyms: row.dataset.synonyms ? row.dataset.synonyms.split("|") : [],
    }));
    this.indexed = index(this.labels);
    this.found = this.rows;
    this.at = -1;
    this.quick = bench.dataset.quick.split(" ").filter((code) => this.byCode.has(code));
    bench.querySelector("[data-searching]").hidden = false;
    this.tray.hidden = false;
    this.list.classList.add("live");
    this.search.addEventListener("input", () => this.filter());
    this.list.addEventListener("change", (event) => {
      event.target.checked = !event.target.checked; // what is chosen decides, not the box
      this.act.toggle(event.target.value);
    });
    this.list.addEventListener("pointerover", (event) => {
      const row = event.target.closest("[data-option]");
      if (row) this.explain(row);
    });
    this.tray.addEventListener("click", (event) => {
      const button = event.target.closest("[data-code]");
      if (button) this.act.toggle(button.dataset.code);
    });
    this.quickRow.addEventListener("click", (event) => {
      const button = event.target.closest("[data-code]");
      if (button) this.act.toggle(button.dataset.code);
    });
    this.showQuick();
  }

  // The codes that were ticked by hand in the page as it came.
  ticked() {
    return this.rows.filter(({ firstElementChild: box }) => box.checked && !box.defaultChecked).map(codeOf);
  }

  // A draft without the labels that this taxonomy does not have.
  known(draft) {
    if (!draft.labels) return draft;
    const labels = draft.labels.filter((code) => this.byCode.has(code));
    const evidence = Object.fromEntries(Object.entries(draft.evidence ?? {}).filter(([code]) => labels.includes(code)));
    return { ...draft, labels, evidence };
  }

  name(code) {
    return this.byCode.get(code)?.dataset.name ?? code;
  }

  focus() {
    this.search.focus({ preventScroll: true });
  }

  filter() {
    const query = this.search.value.trim();
    this.putBack();
    if (!query) {
      this.list.classList.remove("filtered");
      this.found = this.rows;
      this.count.textContent = "";
      return this.move(-1);
    }
    const places = rank(this.indexed, query);
    this.found = places.slice(0, SHOWN).map((place) => this.rows[place]);
    this.found.forEach((row, place) => {
      row.dataset.found = "";
      if (place < 9) row.dataset.nth = String(place + 1);
    });
    this.list.prepend(...this.found);
    this.list.classList.add("filtered");
    this.count.textContent = `${places.length} of ${this.rows.length}`;
    this.move(this.found.length ? 0 : -1);
    if (!places.length) this.act.say("No label is called that.");
    return undefined;
  }

  // The labels found before go back to their places; the others never left theirs. 1,000 labels must not be moved at a key.
  putBack() {
    if (this.found === this.rows) return;
    const places = this.found.map((row) => this.placeOf.get(row)).sort((a, b) => b - a);
    for (const place of places) {
      const row = this.rows[place];
      delete row.dataset.found;
      delete row.dataset.nth;
      this.list.insertBefore(row, this.rows[place + 1] ?? null);
    }
  }

  clear() {
    if (!this.search.value) return false;
    this.search.value = "";
    this.filter();
    return true;
  }

  move(to) {
    this.rows[this.marked]?.classList.remove("at");
    this.at = this.found.length ? Math.max(-1, Math.min(to, this.found.length - 1)) : -1;
    const row = this.found[this.at];
    if (!row) {
      this.marked = undefined;
      this.list.scrollTop = 0;
      return;
    }
    this.marked = this.placeOf.get(row);
    row.classList.add("at");
    row.scrollIntoView({ block: "nearest" });
    this.explain(row);
    this.act.say(`${row.dataset.name}${this.act.has(codeOf(row)) ? ", chosen" : ""}`);
  }

  // To the next or the last top group from here.
  moveGroup(step) {
    let place = this.at + step;
    while (place > 0 && place < this.found.length - 1 && !this.found[place].classList.contains("top")) place += step;
    this.move(Math.max(0, place));
  }

  takeHighlighted() {
    const row = this.found[this.at];
    if (!row) return false;
    this.act.toggle(codeOf(row));
    this.clear();
    return true;
  }

  // While something is typed, a digit takes that one of the labels found, without moving to it.
  takeFound(number) {
    const row = this.found[number - 1];
    if (!row) return false;
    this.act.toggle(codeOf(row));
    this.clear();
    return true;
  }

  takeQuick(number) {
    const code = this.quick[number - 1];
    if (!code) return false;
    this.act.toggle(code);
    return true;
  }

  explain(row) {
    if (!this.guide || this.explained === row) return;
    this.explained = row;
    this.guide.hidden = false;
    this.guide.querySelector("[data-guide-name]").textContent = row.dataset.name;
    this.guide.querySelector("[data-guide-path]").textContent = row.dataset.path === row.dataset.name ? "" : row.dataset.path;
    this.guide.querySelector("[data-guide-definition]").textContent = row.querySelector(".define")?.textContent ?? "It has no definition yet.";
    const examples = row.dataset.examples ? row.dataset.examples.split("|") : [];
    const box = this.guide.querySelector("[data-guide-examples]");
    box.hidden = !examples.length;
    box.querySelector("ul").replaceChildren(...examples.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  }

  // Shows what is chosen: boxes, tray, quick row. `before`: what a returned answer said, to mark what differs.
  show(answer, before) {
    for (const row of this.rows) {
      const box = row.firstElementChild;
      const chosen = answer.labels.includes(box.value);
      if (box.checked !== chosen) box.checked = chosen;
    }
    const codes = answer.labels.map((code, place) => this.chip(code, place, answer, before));
    const gone = before ? before.labels.filter((code) => !answer.labels.includes(code)).map((code) => this.goneChip(code)) : [];
    if (answer.none_applies) codes.push(Object.assign(document.createElement("span"), { className: "chip", textContent: "None applies" }));
    this.tray.replaceChildren(...codes, ...gone);
    if (!codes.length) this.tray.append(Object.assign(document.createElement("span"), { className: "muted smaller", textContent: "Nothing chosen yet" }));
    for (const button of this.quickRow.children) button.setAttribute("aria-pressed", String(answer.labels.includes(button.dataset.code)));
  }

  chip(code, place, answer, before) {
    const quotes = answer.evidence[code]?.length ?? 0;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "chip";
    button.dataset.code = code;
    button.setAttribute("aria-label", `Remove ${this.name(code)}`);
    const key = Object.assign(document.createElement("span"), { className: "ordinal", textContent: String(place + 1) });
    button.append(key, this.name(code));
    if (quotes) button.append(Object.assign(document.createElement("span"), { className: "quotes", textContent: `${quotes} quote${quotes > 1 ? "s" : ""}` }));
    if (before && !before.labels.includes(code)) button.append(Object.assign(document.createElement("span"), { className: "badge gold", textContent: "new" }));
    button.append(Object.assign(document.createElement("span"), { ariaHidden: "true", textContent: "×" }));
    return button;
  }

  goneChip(code) {
    const text = `${this.name(code)} was taken out`;
    return Object.assign(document.createElement("span"), { className: "chip gone", textContent: text });
  }

  // After a submission: the labels just used come first, unless the manager fixed the row.
  used(codes, isFixed) {
    if (isFixed || !codes.length) return;
    this.quick = [...new Set([...codes, ...this.quick])].filter((code) => this.byCode.has(code)).slice(0, 9);
    this.showQuick();
  }

  showQuick() {
    this.quickRow.hidden = !this.quick.length;
    this.quickRow.replaceChildren(...this.quick.map((code, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "chip plain";
      button.dataset.code = code;
      button.setAttribute("aria-pressed", String(this.act.has(code)));
      button.append(Object.assign(document.createElement("kbd"), { textContent: String(place + 1) }), this.name(code));
      return button;
    }));
  }
}

const codeOf = (row) => row.firstElementChild.value;
