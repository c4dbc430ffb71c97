// What every page shares: the CSRF header for htmx, closing toasts and menus, copying, keys, submitting on change.
import { startKeys } from "./keys.js";
import "./live.js";

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("meta[name=csrf-token]");
  if (token) event.detail.headers["X-CSRFToken"] = token.content;
});

document.addEventListener("htmx:sendError", () => announce("The server cannot be reached. Nothing is lost: try again."));
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status >= 500) announce("The server could not do that. Nothing is lost: try again.");
});

function announce(text) {
  const place = document.getElementById("toasts");
  const toast = document.createElement("div");
  toast.className = "toast error";
  toast.setAttribute("role", "alert");
  toast.append(text);
  place.append(toast);
  setTimeout(() => toast.remove(), 8000);
}

document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-dismiss]");
  if (close) close.closest(".toast")?.remove();
  const copy = event.target.closest("[data-copy]");
  if (copy) copyFrom(copy);
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

async function copyFrom(button) {
  const field = document.getElementById(button.dataset.copy);
  field.select();
  await navigator.clipboard.writeText(field.value);
  button.textContent = "Copied";
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});

for (const toast of document.querySelectorAll(".toast:not(.error)")) setTimeout(() => toast.remove(), 7000);

startKeys();

// The navigation may be longer than the window: the page one is on is in sight.
const current = document.querySelector(".sidenav [aria-current=page]");
if (current) current.parentElement.scrollTop = current.offsetTop - current.parentElement.clientHeight / 2;
