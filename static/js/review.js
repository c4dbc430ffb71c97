// The review room by keyboard: Y and N decide a label, + adds one, 0 says none applies, Enter submits. A plain form does
// all of it too.
import { startAdder } from "./adder.js";

const find = (hook) => document.querySelector(`[data-${hook}]`);
const rows = () => [...document.querySelectorAll("[data-row]")];
const chosen = (row) => row.querySelector("[type=radio]:checked");
const form = find("answer");
const none = find("none");
let at = 0;
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
  if (!focus) return;
  all[at].focus({ preventScroll: true });
  all[at].scrollIntoView({ block: "nearest" });
}

// The next label that is not decided yet; else the button, so that Enter submits.
function moveOn() {
  const all = rows();
  const open = [...all.slice(at + 1), ...all.slice(0, at)].find((row) => !chosen(row));
  if (open) return move(all.indexOf(open));
  find("submit").focus({ preventScroll: true });
}

function choose(row, rule) {
  row.querySelector(`[type=radio][value=${rule}]`).checked = true;
}

function decide(rule) {
  const row = rows()[at];
  if (!row) return;
  choose(row, rule);
  if (rule === "yes") none.checked = false;
  tell();
  moveOn();
}

function acceptAll() {
  for (const row of rows()) if (!chosen(row)) choose(row, "yes");
  none.checked = false;
  tell();
  find("submit").focus({ preventScroll: true });
}

// None applies: every label is rejected and nothing is added. A second time takes it back.
function noneApplies(on) {
  none.checked = on;
  if (on) {
    for (const row of rows()) choose(row, "no");
    for (const box of document.querySelectorAll("[data-addable] :checked")) box.checked = false;
    find("submit").focus({ preventScroll: true });
  } else {
    for (const row of rows()) if (chosen(row)) chosen(row).checked = false;
  }
  tell();
}

function showEvidence() {
  const marks = [...document.querySelectorAll(".of-row[data-marks]")];
  if (!marks.length) return;
  mark = (mark + 1) % marks.length;
  marks.forEach((one, place) => one.classList.toggle("now", place === mark));
  marks[mark].scrollIntoView({ block: "center" });
}

function openAdder() {
  find("adder").open = true;
  find("add").focus();
}

function submit() {
  const open = rows().filter((row) => !chosen(row));
  if (open.length && !none.checked) {
    find("missing").textContent = `Still open: ${open.map((row) => row.dataset.name).join(", ")}.`;
    return move(rows().indexOf(open[0]));
  }
  form.requestSubmit();
}

const KEYS = {
  j: () => move(at + 1), k: () => move(at - 1), y: () => decide("yes"), n: () => decide("no"),
  a: acceptAll, 0: () => noneApplies(!none.checked), e: showEvidence, "+": openAdder, "=": openAdder, "/": openAdder,
  m: () => find("note").focus(), enter: submit,
};

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.defaultPrevented) return;
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && !["enter", "z"].includes(key)) return;
  const typing = event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select");
  const here = event.target.closest("a, summary, button");
  const empty = typing?.matches("[data-add]") && !typing.value;
  let act = KEYS[key];
  if (event.ctrlKey || event.metaKey) act = key === "enter" ? submit : typing ? null : () => find("undo")?.click();
  else if (typing) act = empty && (key === "enter" || key === "0") ? KEYS[key] : null;
  else if (here && key === "enter") act = here.matches("[data-submit]") ? submit : null;
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-row]");
  if (row) move(rows().indexOf(row), false);
});

document.addEventListener("change", (event) => {
  if (event.target === none) return noneApplies(none.checked);
  if (event.target.checked && event.target.matches("[value=yes], [name=labels]")) none.checked = false;
  tell();
});

// How many labels are decided, and what the answer would be.
function tell() {
  const all = rows();
  const done = all.filter(chosen).length;
  if (all.length) find("progress").textContent = `${done} of ${all.length} decided`;
  if (done === all.length) find("missing").textContent = "";
  const added = [...document.querySelectorAll("[data-addable] :checked")].map((box) => box.dataset.name);
  const kept = all.filter((row) => chosen(row)?.value === "yes").map((row) => row.dataset.name);
  find("added").textContent = added.length ? `added: ${added.join(", ")}` : "";
  const names = [...kept, ...added];
  const said = names.length ? names.join(", ") : none.checked || all.length ? "none applies" : "";
  find("result").textContent = done === all.length && said ? `Your answer: ${said}` : "";
}

// Seconds count while the page is seen.
let seen = document.hidden ? 0 : performance.now();
let spent = 0;

function keepTime() {
  if (seen) spent += performance.now() - seen;
  seen = document.hidden ? 0 : performance.now();
}

document.addEventListener("visibilitychange", keepTime);
window.addEventListener("pageshow", () => { delete form.dataset.sent; });
form.addEventListener("submit", (event) => {
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  keepTime();
  find("seconds").value = (spent / 1000).toFixed(1);
});

startAdder(find("add"));
const all = find("all");
if (all) {
  all.hidden = false;
  all.addEventListener("click", acceptAll);
}
const open = rows().findIndex((row) => !chosen(row));
const isWide = matchMedia("(min-width: 901px)").matches; // elsewhere the text comes first
if (rows().length) move(open < 0 ? 0 : open, isWide);
else if (isWide) openAdder();
tell();
