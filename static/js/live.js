// Parts that fetch themselves anew: not while somebody fills one of their fields, what was unfolded stays so, the keyboard
// stays where it was, and a screen reader is told when it is over.
const POLLS = "[data-live], [hx-trigger*='every']";
const PLACES = "a, button, summary";
let kept = null;

document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.target;
  if (!part.matches(POLLS)) return;
  const here = document.activeElement;
  const fills = part.contains(here) && here.matches("input, textarea, select");
  if (fills || document.hidden) event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.detail.target;
  if (!part.id || !(part.matches(POLLS) || part.querySelector(POLLS))) return;
  kept = {
    id: part.id,
    polled: isPolling(part),
    unfolded: [...part.querySelectorAll("details")].map((one) => one.open),
    at: part.contains(document.activeElement) ? nameOf(document.activeElement) : "",
  };
});

document.addEventListener("htmx:afterSettle", () => {
  const part = kept && document.getElementById(kept.id);
  if (!part) return;
  part.querySelectorAll("details").forEach((one, place) => { one.open = kept.unfolded[place] ?? one.open; });
  if (kept.at) [...part.querySelectorAll(PLACES)].find((one) => nameOf(one) === kept.at)?.focus({ preventScroll: true });
  if (kept.polled && !isPolling(part)) tell(part);
  kept = null;
});

// What a link or button says and where it leads: never another one in the same place, which Enter would press.
function nameOf(one) {
  const leads = one.href ?? one.form?.action ?? "";
  return `${one.tagName} ${leads} ${one.value ?? ""} ${one.ariaLabel ?? one.textContent.trim()}`;
}

function isPolling(part) {
  return part.matches("[hx-trigger*='every']") || part.querySelector("[hx-trigger*='every']") !== null;
}

function tell(part) {
  const said = part.querySelector("[role=alert], .callout, .badge")?.textContent.trim().replace(/\s+/g, " ");
  document.getElementById("told").textContent = said ? said.slice(0, 200) : "Done. The page shows what came of it.";
}
