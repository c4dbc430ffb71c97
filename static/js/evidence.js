// Quotes from the text: sentences by keyboard, any stretch by mouse. Offsets count code points, as Python does.
export class Evidence {
  // `act` has attach(number, spans), leave() and say(text).
  constructor(reading, act) {
    this.reading = reading;
    this.act = act;
    this.active = false;
    this.at = 0;
    this.marked = new Set();
    reading.addEventListener("pointerup", () => this.fromMouse());
  }

  get sentences() {
    return [...this.reading.querySelectorAll("[data-sentence]")];
  }

  enter() {
    this.active = true;
    this.reading.classList.add("marking");
    this.reading.focus({ preventScroll: true });
    this.move(Math.min(this.at, Math.max(0, this.sentences.length - 1)));
  }

  leave() {
    this.active = false;
    this.reading.classList.remove("marking");
    this.clear();
    this.act.leave();
  }

  reset() {
    this.active = false;
    this.at = 0;
    this.selected = null;
    this.marked.clear();
    this.reading.classList.remove("marking");
  }

  clear() {
    for (const one of this.marked) one.classList.remove("picked");
    this.marked.clear();
    this.reading.querySelector(".sentence.at")?.classList.remove("at");
    this.selected = null;
  }

  move(to) {
    const all = this.sentences;
    if (!all.length) return;
    this.reading.querySelector(".sentence.at")?.classList.remove("at");
    this.at = Math.max(0, Math.min(to, all.length - 1));
    all[this.at].classList.add("at");
    all[this.at].scrollIntoView({ block: "nearest" });
    this.act.say(all[this.at].textContent);
  }

  // Whether the key meant something here.
  key(event) {
    const name = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (name === "j" || name === "arrowdown") this.move(this.at + 1);
    else if (name === "k" || name === "arrowup") this.move(this.at - 1);
    else if (name === " ") this.mark();
    else if (/^[1-9]$/.test(name)) this.attach(Number(name));
    else if (name === "escape") this.leave();
    else return false;
    return true;
  }

  mark() {
    const sentence = this.sentences[this.at];
    if (!sentence) return;
    const on = sentence.classList.toggle("picked");
    if (on) this.marked.add(sentence);
    else this.marked.delete(sentence);
    this.act.say(on ? "Marked. Press the number of a chosen label." : "Not marked.");
  }

  attach(number) {
    const spans = this.selected ?? this.spans();
    if (this.act.attach(number, spans)) this.clear();
    if (this.active) this.move(this.at);
  }

  // The marked sentences, or the one under the cursor, as quotes.
  spans() {
    const picked = this.sentences.filter((one) => this.marked.has(one));
    const all = picked.length ? picked : [this.sentences[this.at]].filter(Boolean);
    return all.map((one) => ({ document: documentOf(one), start: Number(one.dataset.start), end: Number(one.dataset.end) }));
  }

  // What was dragged over, from the first to the last sentence it touches, inside one document.
  fromMouse() {
    const selection = document.getSelection();
    if (!selection?.rangeCount || selection.isCollapsed) {
      this.selected = null;
      return;
    }
    const range = selection.getRangeAt(0);
    const touched = this.sentences.filter((one) => range.intersectsNode(one));
    if (!touched.length) return;
    const [first, last] = [touched[0], touched.at(-1)];
    if (documentOf(first) !== documentOf(last)) {
      this.act.say("A quote lies inside one document.");
      return;
    }
    const start = Number(first.dataset.start) + (first.contains(range.startContainer) ? points(range.startContainer, range.startOffset) : 0);
    const end = last.contains(range.endContainer) ? Number(last.dataset.start) + points(range.endContainer, range.endOffset) : Number(last.dataset.end);
    if (end <= start) return;
    this.selected = [{ document: documentOf(first), start, end }];
    this.act.say("Press the number of a chosen label to keep this as evidence.");
  }

  // Underlines the sentences that hold a quote, each with the numbers of its labels.
  show(answer) {
    const quotes = answer.labels.flatMap((code, place) => (answer.evidence[code] ?? []).map((span) => ({ ...span, number: place + 1 })));
    for (const sentence of this.sentences) {
      const [position, start, end] = [documentOf(sentence), Number(sentence.dataset.start), Number(sentence.dataset.end)];
      const here = quotes.filter((one) => one.document === position && one.start < end && one.end > start);
      sentence.classList.toggle("quoted", here.length > 0);
      sentence.dataset.for = [...new Set(here.map((one) => one.number))].join(" ");
    }
  }
}

const documentOf = (sentence) => Number(sentence.closest("[data-document]").dataset.document);

// How many code points of a text node lie before a UTF-16 offset.
function points(node, offset) {
  return [...node.textContent.slice(0, offset)].length;
}
