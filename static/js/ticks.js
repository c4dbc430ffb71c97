// Ticking many rows: one box for all of the page, and the count in words. Without it, the boxes still work.
for (const form of document.querySelectorAll("[data-ticks]")) {
  const all = form.querySelector("[data-tick-all]");
  const count = form.querySelector("[data-tick-count]");
  const boxes = [...form.querySelectorAll("input[name=tasks]")];
  if (!all) continue;
  all.hidden = false;
  const show = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
    count.textContent = ticked ? `${ticked} ticked` : "Tick items to move or extend them.";
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "tasks") show();
  });
  show();
}
