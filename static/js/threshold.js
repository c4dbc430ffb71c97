// The threshold slider: figures and the mark on the curve follow it at once. The server computed every step; without
// this script the form asks it for one.

function follow(form) {
  const range = form.querySelector("[data-range]");
  const steps = JSON.parse(form.dataset.steps);
  const at = form.querySelector("[data-at]");
  const said = form.querySelector("[data-said]");
  const figures = [...form.querySelectorAll("[data-figures] .metric")].map((one) => ({
    name: one.querySelector(".name").textContent.trim(),
    value: one.querySelector("[data-value]"),
    range: one.querySelector("[data-range-of]"),
  }));
  const cursor = form.parentElement.querySelector("[data-cursor]");
  const [first, last] = cursor ? cursor.getAttribute("data-cursor").split(" ").map(Number) : [0, 0];
  let waiting = 0;

  function show() {
    const place = Math.round(Number(range.value) * (steps.length - 1));
    const [threshold, ...found] = steps[place];
    at.textContent = threshold;
    figures.forEach((figure, number) => {
      [figure.value.textContent, figure.range.textContent] = found[number];
    });
    range.setAttribute("aria-valuetext", `${threshold}: ${figures.map((one, number) => `${one.name} ${found[number][0]}`).join(", ")}`);
    if (cursor) {
      const x = first + (last - first) * Number(threshold);
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
    }
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      said.textContent = range.getAttribute("aria-valuetext");
      const url = new URL(location.href);
      url.searchParams.set("threshold", threshold);
      history.replaceState(history.state, "", url);
    }, 400);
  }

  range.addEventListener("input", show);
}

document.querySelectorAll("[data-threshold]").forEach(follow);
