// Choosing between two outputs by keyboard, and the quotes of the label under the pointer or in focus. The form works without.
const form = document.querySelector("[data-pairs]");
const began = performance.now();
const KEYS = { arrowleft: "left", 1: "left", arrowright: "right", 2: "right", 0: "tie", "=": "tie" };
let sent = false;

form?.addEventListener("submit", (event) => {
  if (sent) return event.preventDefault();
  sent = true;
  form.querySelector("[data-seconds]").value = ((performance.now() - began) / 1000).toFixed(1);
});

// A page brought back by the browser's own button can be sent again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) sent = false;
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const typing = event.target.closest("input, textarea, select");
  const name = event.key.toLowerCase();
  if (typing) {
    if (name === "escape") typing.blur();
    if (name === "enter") { // the browser would press the first button
      event.preventDefault();
      typing.blur();
    }
    return;
  }
  const better = form && KEYS[name];
  if (better) form.querySelector(`[data-better=${better}]`).click();
  else if (name === "c" && form) form.querySelector("#comment").focus();
  else if (name === "backspace") document.querySelector("[data-before]")?.click();
  else return;
  event.preventDefault();
});

function light(label, scroll) {
  for (const one of document.querySelectorAll("[data-marks]")) {
    one.classList.toggle("now", label !== null && one.dataset.marks.split(" ").includes(label));
  }
  if (scroll) document.querySelector(".quoted.now")?.scrollIntoView({ block: "nearest" });
}

for (const one of document.querySelectorAll("[data-label]")) {
  one.addEventListener("pointerenter", () => light(one.dataset.label, false));
  one.addEventListener("pointerleave", () => light(document.activeElement?.dataset.label ?? null, false));
  one.addEventListener("focus", () => light(one.dataset.label, true));
  one.addEventListener("blur", () => light(null, false));
}
