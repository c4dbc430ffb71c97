// What a rater has chosen but not submitted: on this machine at once, on the server a moment later.
import { asForm } from "./answer.js";
import { post } from "./outbox.js";

const AFTER = 900; // ms without a change
const AGAIN = 5000; // ms after the server was not reached

export class Drafts {
  // `on` has page() = {item, answer}, state(text), conflict(theirs), taxonomy(changed) and signedOut().
  constructor(name, taxonomy, on) {
    this.name = name;
    this.taxonomy = taxonomy;
    this.on = on;
    this.number = 0;
    this.isDirty = false;
  }

  // The newest of what this machine and the server kept for an item.
  open(item) {
    clearTimeout(this.timer);
    this.isDirty = false;
    this.number = Number(item.dataset.number);
    const local = this.#read(item.dataset.seat);
    return local && local.number >= this.number ? local.content : JSON.parse(item.dataset.kept || "{}");
  }

  #read(seat) {
    try {
      return JSON.parse(localStorage.getItem(this.#key(seat)));
    } catch {
      return null;
    }
  }

  #key(seat) {
    return `${this.name}:draft:${seat}`;
  }

  // Keeps it here; `number` says of which draft of the server it is a change.
  store(seat, content, number = this.number) {
    localStorage.setItem(this.#key(seat), JSON.stringify({ number, content }));
  }

  forget(seat) {
    localStorage.removeItem(this.#key(seat));
  }

  changed() {
    const { item, answer } = this.on.page();
    if (!item) return;
    this.isDirty = true;
    this.store(item.dataset.seat, answer.now);
    this.on.state("");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), AFTER);
  }

  stop() {
    clearTimeout(this.timer);
    this.isDirty = false;
  }

  async send() {
    clearTimeout(this.timer);
    const { item, answer } = this.on.page();
    if (!this.isDirty || !item) return;
    this.isDirty = false;
    const more = { number: this.number, receipt: item.dataset.receipt, taxonomy: this.taxonomy };
    const { status, reply } = await post(item.dataset.draft, asForm(answer.now, more));
    const now = this.on.page();
    if (now.item !== item || now.answer !== answer) return;
    if (status === 200) {
      this.number = reply.number;
      this.store(item.dataset.seat, answer.now);
      this.on.state("Draft saved");
      if (reply.kind === "taxonomy") this.on.taxonomy(reply.changed);
    } else if (status === 409 && reply.kind === "draft") {
      this.number = reply.number;
      await this.on.conflict(reply.theirs);
      this.isDirty = true;
      await this.send();
    } else {
      this.isDirty = true;
      this.on.state("Draft kept on this machine");
      if (status === 401) this.on.signedOut();
      else if (status === 0 || status >= 500) this.timer = setTimeout(() => this.send(), AGAIN);
    }
  }
}
