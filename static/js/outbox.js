// What is on its way to the server: kept on this machine until the server has it, sent one after the other, with the
// same key each time, so that a retry never counts twice (SAFETY C3).
const WAITS = [1, 2, 4, 8, 15, 30];

export class Outbox {
  // `on` has sent(entry, reply), refused(entry, status, reply), signedOut() and state(waiting, isOffline).
  constructor(name, on) {
    this.name = name;
    this.on = on;
    this.tries = 0;
    this.isSending = false;
    this.isHeld = false;
    this.isStopped = false;
    addEventListener("online", () => this.send());
  }

  get entries() {
    try {
      return JSON.parse(localStorage.getItem(this.name) ?? "[]");
    } catch {
      return [];
    }
  }

  #store(entries) {
    if (entries.length) localStorage.setItem(this.name, JSON.stringify(entries));
    else localStorage.removeItem(this.name);
    this.on.state(entries.length, this.tries > 0 || !navigator.onLine);
  }

  // entry: {id, url, body, seat, ...}: what to POST, and what the page needs to know of it.
  add(entry) {
    this.#store([...this.entries, entry]);
    this.send();
  }

  // Takes an entry out that was not sent yet; undefined if it is on its way or gone.
  takeLast() {
    const entries = this.entries;
    const last = entries.at(-1);
    if (!last || (this.isSending && entries.length === 1)) return undefined;
    this.#store(entries.slice(0, -1));
    return last;
  }

  async idle() {
    while (this.isSending) await new Promise((resolve) => { setTimeout(resolve, 20); });
  }

  async send() {
    if (this.isSending || this.isHeld || this.isStopped) return;
    const [first] = this.entries;
    if (!first) return;
    this.isSending = true;
    clearTimeout(this.timer);
    let next = true;
    try {
      next = await this.#post(first);
    } finally {
      this.isSending = false;
    }
    if (next) await this.send();
  }

  async #post(entry) {
    const body = new URLSearchParams(entry.body);
    const beside = this.on.beside?.();
    if (beside) body.set("beside", beside);
    const { status, reply } = await post(entry.url, body);
    if (status === 401) {
      this.isHeld = true;
      this.on.signedOut();
      return false;
    }
    if (status === 0 || status >= 500 || status === 429) {
      const wait = WAITS[Math.min(this.tries, WAITS.length - 1)];
      this.tries += 1;
      this.#store(this.entries);
      this.timer = setTimeout(() => this.send(), wait * 1000 * (0.75 + Math.random() / 2));
      return false;
    }
    this.tries = 0;
    this.#store(this.entries.filter((one) => one.id !== entry.id));
    if (status >= 200 && status < 300) this.on.sent(entry, reply);
    else this.on.refused(entry, status, reply);
    return true;
  }

  resume() {
    this.isHeld = false;
    this.send();
  }
}

// POST as our scripts do: {status, reply}; status 0 if the server was not reached.
export async function post(url, body) {
  const token = document.querySelector("meta[name=csrf-token]").content;
  try {
    const answer = await fetch(url, {
      method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": token }, credentials: "same-origin",
    });
    const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
    if (answer.status === 403 && !isJson) return { status: 401, reply: {} }; // the form's token went with the session
    return { status: answer.status, reply: isJson ? await answer.json() : {} };
  } catch {
    return { status: 0, reply: {} };
  }
}
