// Buttons with data-insert put their text where the cursor is in the field that data-into names.

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  const field = document.getElementById(button.dataset.into);
  const { selectionStart, selectionEnd } = field;
  field.setRangeText(button.dataset.insert, selectionStart, selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
