// What a rater has chosen for one item, with undo and redo. Plain data in, plain data out; it knows no page.
const EMPTY = { labels: [], none_applies: false, certainty: "sure", comment: "", is_flagged: false, summary: "", evidence: {} };

export class Answer {
  constructor(kept = {}, changed = () => {}) {
    this.now = { ...structuredClone(EMPTY), ...structuredClone(kept) };
    this.past = [];
    this.future = [];
    this.changed = changed;
  }

  has(code) {
    return this.now.labels.includes(code);
  }

  get isEmpty() {
    return !this.now.labels.length && !this.now.none_applies;
  }

  // Changes made by the same kind of act within a moment, such as typing a note, are undone as one.
  change(act, kind = "") {
    const before = structuredClone(this.now);
    act(this.now);
    if (JSON.stringify(before) === JSON.stringify(this.now)) return;
    const joined = kind && this.past.at(-1)?.kind === kind;
    if (!joined) this.past.push({ kind, state: before });
    this.future = [];
    this.changed();
  }

  toggle(code) {
    this.change((now) => {
      if (now.labels.includes(code)) {
        now.labels = now.labels.filter((one) => one !== code);
        delete now.evidence[code];
      } else {
        now.labels.push(code);
        now.none_applies = false;
      }
    });
  }

  dropLast() {
    const last = this.now.labels.at(-1);
    if (last) this.toggle(last);
  }

  none() {
    this.change((now) => {
      now.none_applies = !now.none_applies;
      if (now.none_applies) {
        now.labels = [];
        now.evidence = {};
      }
    });
  }

  flag() {
    this.change((now) => { now.is_flagged = !now.is_flagged; });
  }

  write(field, text) {
    this.change((now) => { now[field] = text; }, field);
  }

  // Adds quotes to a label, which is chosen by that; the same quotes again take them away.
  support(code, spans) {
    this.change((now) => {
      if (!now.labels.includes(code)) now.labels.push(code);
      now.none_applies = false;
      const same = (a, b) => a.document === b.document && a.start === b.start && a.end === b.end;
      const had = now.evidence[code] ?? [];
      const fresh = spans.filter((span) => !had.some((one) => same(one, span)));
      const kept = fresh.length ? [...had, ...fresh] : had.filter((one) => !spans.some((span) => same(one, span)));
      if (kept.length) now.evidence[code] = kept;
      else delete now.evidence[code];
    });
  }

  undo() {
    return this.#step(this.past, this.future);
  }

  redo() {
    return this.#step(this.future, this.past);
  }

  #step(from, to) {
    const back = from.pop();
    if (!back) return false;
    to.push({ kind: "", state: this.now });
    this.now = back.state;
    this.changed();
    return true;
  }
}

// What a form would send of it; the names are those of AnswerForm and DraftForm.
export function asForm(answer, more = {}) {
  const form = new URLSearchParams();
  for (const code of answer.labels) form.append("labels", code);
  if (answer.none_applies) form.set("none_applies", "on");
  if (answer.is_flagged) form.set("is_flagged", "on");
  form.set("certainty", answer.certainty);
  form.set("comment", answer.comment);
  form.set("summary", answer.summary);
  form.set("evidence", JSON.stringify(answer.evidence));
  for (const [name, value] of Object.entries(more)) form.set(name, value);
  return form;
}

// Both answers in one: every label either has, every quote, both notes.
export function merged(one, other) {
  const labels = [...new Set([...one.labels, ...other.labels])];
  const evidence = {};
  for (const code of labels) {
    const spans = [...(one.evidence?.[code] ?? []), ...(other.evidence?.[code] ?? [])];
    const unique = [...new Map(spans.map((span) => [`${span.document}:${span.start}:${span.end}`, span])).values()];
    if (unique.length) evidence[code] = unique;
  }
  const texts = (field) => [...new Set([one[field], other[field]].filter(Boolean))].join("\n");
  return {
    labels, evidence, none_applies: !labels.length && (one.none_applies || other.none_applies),
    certainty: one.certainty === "unsure" || other.certainty === "unsure" ? "unsure" : "sure",
    comment: texts("comment"), summary: texts("summary"), is_flagged: one.is_flagged || other.is_flagged,
  };
}
