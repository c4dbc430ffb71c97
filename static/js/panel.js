// Rating by keyboard: 1 to 5 score the criterion in focus and go on, Backspace goes back to the one before it, Enter on the
// button or Ctrl+Enter submits, C comments, B goes back to the output before.
const form = document.querySelector("[data-judging]");
const criteria = () => [...document.querySelectorAll("[data-criterion]")];
const SAME = 700; // milliseconds: a Tab so soon after a score is the same step on, not another
let scored = -SAME;

function mark(criterion) {
  for (const one of criteria()) one.classList.toggle("at", one === criterion);
}

function focusOn(criterion) {
  mark(criterion);
  (criterion.querySelector(":checked") ?? criterion.querySelector("[type=radio]")).focus({ preventScroll: true });
  criterion.scrollIntoView({ block: "nearest" });
}

function score(digit) {
  const here = document.querySelector("[data-criterion].at");
  const radio = here?.querySelector(`[value="${digit}"]`);
  if (!radio) return;
  radio.checked = true;
  scored = performance.now();
  goOn(here);
}

// The next criterion without a score; else the reason, where one is asked for and missing; else the button.
function goOn(here) {
  const all = criteria();
  const open = [...all.slice(all.indexOf(here) + 1), ...all].find((one) => !one.querySelector(":checked"));
  if (open) return focusOn(open);
  const reason = form.querySelector("[data-comment][required]");
  (reason && !reason.value ? reason : form.querySelector(".button.primary")).focus({ preventScroll: true });
}

// The criterion before the one in focus; from below them the last one that was scored.
function goBack() {
  const all = criteria();
  const here = document.querySelector("[data-criterion].at");
  const inside = here?.contains(document.activeElement);
  focusOn(all[Math.max(0, all.indexOf(here) - (inside ? 1 : 0))]);
}

function submit() {
  const open = criteria().find((one) => !one.querySelector(":checked"));
  if (open) focusOn(open);
  form.requestSubmit();
}

// Seconds count while the page is seen.
let seen = document.hidden ? 0 : performance.now();
let spent = 0;

function keepTime() {
  if (seen) spent += performance.now() - seen;
  seen = document.hidden ? 0 : performance.now();
}

function start() {
  form.classList.add("live");
  const hint = document.querySelector("[data-hint]");
  if (hint) hint.hidden = false;
  form.addEventListener("focusin", (event) => {
    const criterion = event.target.closest("[data-criterion]");
    if (criterion) mark(criterion);
  });
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    keepTime();
    const field = document.querySelector("[data-seconds]");
    if (field) field.value = (spent / 1000).toFixed(1);
  });
  document.addEventListener("visibilitychange", keepTime);
  focusOn(criteria().find((one) => !one.querySelector(":checked")) ?? criteria()[0]);
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.defaultPrevented) return;
  const key = event.key.toLowerCase();
  let act = null;
  if (event.ctrlKey || event.metaKey) act = key === "enter" && form ? submit : null;
  else if (event.target.closest("textarea, input:not([type=radio]), select")) act = null;
  else if (form && /^[1-5]$/.test(key)) act = () => score(key);
  else if (form && key === "backspace") act = goBack;
  else if (form && key === "tab" && !event.shiftKey && performance.now() - scored < SAME) act = () => { scored = -SAME; };
  else if (form && key === "c") act = () => document.querySelector("[data-comment]")?.focus();
  else if (key === "b") act = () => document.querySelector("[data-before]")?.click();
  else if (key === "enter" && document.querySelector("[data-next]") && !event.target.closest("a, button")) {
    act = () => document.querySelector("[data-next]").click();
  }
  if (!act) return;
  event.preventDefault();
  act();
});

window.addEventListener("pageshow", () => { if (form) delete form.dataset.sent; });
if (form && criteria().length) start();
