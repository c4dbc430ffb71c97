// Parts that fetch themselves anew: not while somebody is in one of their forms, and what was unfolded stays so.
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.target;
  if (!part.matches("[data-live]")) return;
  const inForm = part.contains(document.activeElement) && document.activeElement.closest("form");
  if (inForm || document.hidden) event.preventDefault();
});

let unfolded = [];
let focused = "";

document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.detail.target;
  if (!part.matches("[data-live]")) return;
  unfolded = [...part.querySelectorAll("details")].map((one) => one.open);
  focused = part.contains(document.activeElement) ? path(part, document.activeElement) : "";
});

document.addEventListener("htmx:afterSettle", () => {
  const part = document.querySelector("[data-live]");
  if (!part || !unfolded.length) return;
  part.querySelectorAll("details").forEach((one, place) => { one.open = unfolded[place] ?? one.open; });
  if (focused) part.querySelectorAll("a, summary")[Number(focused)]?.focus({ preventScroll: true });
  unfolded = [];
});

// The place of a link or summary among its like, so that the keyboard stays where it was.
function path(part, element) {
  const place = [...part.querySelectorAll("a, summary")].indexOf(element);
  return place < 0 ? "" : String(place);
}
