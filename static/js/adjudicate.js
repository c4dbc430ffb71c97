// The adjudication room by keyboard: rows, decisions, reasons, evidence, adding labels. Plain forms do all of it too.
import { startAdder } from "./adder.js";

const bench = () => document.querySelector("[data-bench], [data-alike]");
const rows = () => [...document.querySelectorAll("[data-row]")];
const chosen = (row) => row.querySelector("[type=radio]:checked");
const find = (hook) => document.querySelector(`[data-${hook}]`);
let at = 0;
let just = null; // the row just decided: a digit is its reason
let mark = -1;

function move(to, focus = true) {
  const all = rows();
  if (!all.length) return;
  at = Math.max(0, Math.min(to, all.length - 1));
  mark = -1;
  all.forEach((row, place) => {
    row.classList.toggle("at", place === at);
    if (place === at) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  });
  for (const one of document.querySelectorAll("[data-marks]")) {
    one.classList.remove("now");
    one.classList.toggle("of-row", one.dataset.marks.split(" ").includes(all[at].dataset.row));
  }
  if (focus) {
    all[at].focus({ preventScroll: true });
    all[at].scrollIntoView({ block: "nearest" });
  }
}

// The next row that nobody decided yet, after the current one and then from the top; else the button that settles.
function moveOn() {
  const all = rows();
  const open = [...all.slice(at + 1), ...all.slice(0, at)].find((row) => !chosen(row));
  if (open) return move(all.indexOf(open));
  move(at, false);
  find("decision")?.querySelector("[data-key='ctrl+enter']").focus({ preventScroll: true });
}

function decide(rule) {
  const row = rows()[at];
  if (!row) return;
  const button = row.querySelector(`button[value=${rule}]`);
  if (button) return button.click();
  const radio = row.querySelector(`[type=radio][value=${rule}]`);
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  just = row;
  moveOn();
}

function giveReason(number) {
  const select = (just ?? rows()[at])?.querySelector("select");
  if (select) select.selectedIndex = select.selectedIndex === number ? 0 : number;
}

function showEvidence() {
  const row = rows()[at];
  const marks = row ? [...document.querySelectorAll(".of-row[data-marks]")] : [];
  if (!marks.length) return;
  mark = (mark + 1) % marks.length;
  marks.forEach((one, place) => one.classList.toggle("now", place === mark));
  const text = find("text");
  const above = marks[mark].getBoundingClientRect().top - text.getBoundingClientRect().top;
  text.scrollTop += above - text.clientHeight / 3; // inside the text only, so that the row stays where it is
  if (text.getBoundingClientRect().top < 0) text.scrollIntoView({ block: "start" });
}

function openAndFocus(hook) {
  const details = find(hook);
  if (!details) return;
  details.open = true;
  (details.querySelector("input:not([type=hidden]):not([hidden]), textarea, select") ?? details).focus();
}

const KEYS = {
  j: () => { just = null; move(at + 1); },
  k: () => { just = null; move(at - 1); },
  y: () => decide("yes"),
  n: () => decide("no"),
  e: showEvidence,
  g: () => { const guide = find("guide"); if (guide) guide.open = !guide.open; },
  u: () => openAndFocus("escalate"),
  b: () => openAndFocus("return"),
  "+": () => openAndFocus("adder"),
  "=": () => openAndFocus("adder"),
  r: () => find("ask")?.focus(), // leaves the item: Enter then sends it
  l: () => find("reveal")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (!bench() || event.altKey || event.defaultPrevented) return;
  if (event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select")) return;
  const key = event.key.toLowerCase();
  let act = null;
  if (event.ctrlKey || event.metaKey) act = key === "z" && find("last") ? () => find("last").click() : null;
  else if (event.shiftKey && key === "enter") act = () => openAndFocus("request");
  else if (/^[1-6]$/.test(key)) act = () => giveReason(Number(key));
  else act = KEYS[key];
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-row]");
  if (row) move(rows().indexOf(row), false);
});

document.addEventListener("change", (event) => {
  const row = event.target.closest("[data-row]");
  if (row && event.target.type === "radio") just = row;
  tell();
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-decision]")) return;
  const open = rows().filter((row) => !chosen(row));
  if (!open.length) return;
  event.preventDefault();
  find("missing").textContent = `Still open: ${open.map((row) => row.dataset.name).join(", ")}.`;
  move(rows().indexOf(open[0]));
});

// How many rows are decided, and what the decision would be.
function tell() {
  const form = find("decision");
  if (!form) return;
  const all = rows();
  const done = all.filter(chosen).length;
  find("progress").textContent = all.length ? `${done} of ${all.length} decided` : "";
  if (done === all.length) find("missing").textContent = "";
  const names = all.filter((row) => chosen(row)?.value === "yes").map((row) => row.dataset.name);
  const ticked = [...form.querySelectorAll("[name=labels]:checked")].map((box) => box.dataset.name);
  const added = [...form.querySelectorAll("[data-addable] :checked")].map((box) => box.dataset.name);
  find("added").textContent = added.length ? `added: ${added.join(", ")}` : "";
  find("result").textContent = done < all.length ? "" : `Settles as: ${[...ticked, ...names].join(", ") || "none applies"}`;
}

function start() {
  if (!bench()) return;
  startAdder(find("add"));
  const open = rows().findIndex((row) => !chosen(row));
  move(open < 0 ? 0 : open, false);
  tell();
}

start();
