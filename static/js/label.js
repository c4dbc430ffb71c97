// The labelling screen. The page is a plain form that works by itself; here it learns keys, keeps what is chosen, sends
// answers in the background and has the next item ready before it is asked for.
import { Answer, asForm, merged } from "./answer.js";
import { listen, printKeys, readCommands, stop } from "./commands.js";
import { askReason, askWhich, dialog, open, showChanges, signInAgain, startDialogs, startPalette } from "./dialogs.js";
import { Drafts } from "./drafts.js";
import { Evidence } from "./evidence.js";
import { Options } from "./options.js";
import { Outbox, post } from "./outbox.js";
import { startTab } from "./tab.js";

const bench = document.querySelector("[data-bench]");
const form = bench.querySelector("[data-answer]");
const reading = bench.querySelector("[data-reading]");
const problem = bench.querySelector("[data-problem]");
const state = bench.querySelector("[data-state]");
const saidPlace = bench.querySelector("[data-said]");
const mine = `assay:${bench.dataset.user}:${bench.dataset.round}`;
const commands = readCommands();
const recent = [...bench.querySelectorAll("[data-recent] li")].map((one) => ({ undo: one.dataset.undo, look: one.dataset.look }));
const isQuickFixed = bench.hasAttribute("data-quick-fixed");

let answer = new Answer();
let item = null; // the element on the page
let before = null; // what a returned answer said
let ahead = null; // the element of the next item
let kept = null; // what has to be done before the page may be loaded anew
let began = Date.now();
let seenAt = Date.now();

const say = (text) => { saidPlace.textContent = text; };
const options = new Options(bench, {
  toggle: (code) => answer.toggle(code), has: (code) => answer.has(code), say,
});
const evidence = new Evidence(reading, {
  attach(number, spans) {
    const code = answer.now.labels[number - 1];
    if (!code) {
      say(`There is no chosen label ${number}. Choose the label first.`);
      complain(`There is no chosen label ${number}: choose the label first, then attach the quote.`);
      return false;
    }
    answer.support(code, spans);
    say(`${spans.length} quote${spans.length > 1 ? "s" : ""} for ${options.name(code)}`);
    return true;
  },
  leave: () => options.focus(),
  say,
});
const drafts = new Drafts(mine, bench.dataset.taxonomy, {
  page: () => ({ item, answer }),
  state: (text) => { state.textContent = text; },
  taxonomy: (changed) => showChanges(changed, answer.now),
  signedOut: () => endSession(),
  async conflict(theirs) {
    const choice = await askWhich(answer.now, theirs, (code) => options.name(code));
    const kept = { mine: answer.now, theirs, both: merged(answer.now, theirs) }[choice];
    answer.change((now) => Object.assign(now, structuredClone(kept)));
  },
});
const outbox = new Outbox(`${mine}:outbox`, {
  beside: () => besides().join(","),
  sent,
  refused,
  signedOut: endSession,
  state(waiting, isOffline) {
    bench.querySelector("[data-offline]").hidden = !(isOffline && waiting);
    const badge = bench.querySelector("[data-waiting]");
    badge.hidden = !waiting || !isOffline;
    badge.textContent = `${waiting} to send`;
  },
});

// What is on the page, next, or on its way: none of these is handed out again.
function besides() {
  return [item?.dataset.seat, ahead?.dataset.seat, ...outbox.entries.map((one) => one.seat)].filter(Boolean);
}

function complain(text) {
  problem.textContent = text;
  problem.hidden = !text;
}

// --- one item on the page ---------------------------------------------------------------------------------------

function show(element) {
  item = element;
  if (reading.firstElementChild !== element) reading.replaceChildren(element);
  before = element.dataset.returned ? { labels: JSON.parse(element.dataset.kept || "{}").labels ?? [] } : null;
  answer = new Answer(options.known(drafts.open(element)), changed);
  began = Date.now();
  form.action = element.dataset.submit;
  form.elements.receipt.value = element.dataset.receipt;
  form.elements.idempotency_key.value = element.dataset.idempotency;
  evidence.reset();
  complain("");
  options.clear();
  refresh();
  reading.scrollTop = 0;
  options.focus();
  say(element.querySelector("h1").textContent);
}

// The item that came with the page; what was ticked or written before this script ran is not lost.
function showFirst() {
  const early = options.ticked();
  const written = [...bench.querySelectorAll("[data-field]")].filter((field) => field.value !== field.defaultValue);
  const texts = written.map((field) => [field.dataset.field, field.value]);
  show(bench.querySelector("[data-item]"));
  for (const [field, text] of texts) answer.write(field, text);
  for (const code of early) if (!answer.has(code)) answer.toggle(code);
}

function refresh() {
  options.show(answer.now, before);
  evidence.show(answer.now);
  for (const field of bench.querySelectorAll("[data-field]")) {
    if (field.value !== answer.now[field.dataset.field]) field.value = answer.now[field.dataset.field];
  }
  press("none", answer.now.none_applies);
  press("flag", answer.now.is_flagged);
}

function press(name, on) {
  bench.querySelector(`[data-run=${name}]`).setAttribute("aria-pressed", String(on));
}

function changed() {
  complain("");
  refresh();
  drafts.changed();
}

// --- submitting and what comes next ---------------------------------------------------------------------------------

function submit(certainty) {
  if (answer.isEmpty) {
    complain("Choose at least one label, or say that none applies.");
    options.focus();
    return;
  }
  const summary = bench.querySelector("[data-field=summary]");
  if (summary && !answer.now.summary.trim()) {
    complain("This round also asks for a summary of the text. Write one, then submit.");
    summary.focus();
    return;
  }
  drafts.stop();
  const sent = { ...answer.now, certainty };
  const seconds = Math.min(21600, Math.round((Date.now() - began) / 1000));
  const { seat, submit: url, receipt, idempotency } = item.dataset;
  const more = { receipt, idempotency_key: idempotency, taxonomy: bench.dataset.taxonomy, seconds };
  options.used(sent.labels, isQuickFixed);
  const entry = { id: idempotency, url, seat, body: String(asForm(sent, more)), html: item.outerHTML, answer: sent };
  count(1);
  goOn();
  outbox.add(entry);
}

async function skip() {
  const reason = await askReason();
  if (!reason) return;
  const { seat, skip: url, receipt, idempotency } = item.dataset;
  const body = String(new URLSearchParams({ reason, receipt }));
  drafts.forget(seat);
  goOn();
  outbox.add({ id: idempotency, url, seat, body, isSkip: true });
}

// Puts the next item in place at once; if it is not here yet, shows that it is coming.
function goOn() {
  const next = ahead;
  ahead = null;
  item = null;
  if (next) {
    show(next);
    renew();
    return;
  }
  reading.replaceChildren(Object.assign(document.createElement("div"), { className: "skeleton", ariaLabel: "The next item is coming" }));
  answer = new Answer();
  options.show(answer.now, null);
}

function sent(entry, reply) {
  drafts.forget(entry.seat);
  if (!entry.isSkip && reply.undo) recent.unshift({ undo: reply.undo, look: reply.undo.replace(/take-back\/$/, "") });
  if (reply.go) {
    location.assign(reply.go); // a training shows its feedback first
    return;
  }
  state.textContent = entry.isSkip ? "Skipped" : "Submitted";
  arrive(reply.ahead);
}

function arrive(html) {
  if (html) {
    const element = parse(html);
    if (!item) show(element);
    else if (!ahead && element.dataset.seat !== item.dataset.seat) ahead = element;
  } else if (!item && !outbox.entries.length) location.assign(bench.dataset.page);
  if (item && !ahead && html === undefined) fetchAhead();
}

function parse(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content.querySelector("[data-item]");
}

async function fetchAhead() {
  const { status, reply } = await post(bench.dataset.ahead, new URLSearchParams({ beside: besides().join(",") }));
  if (status === 200) arrive(reply.ahead);
  else if (status === 401) endSession();
}

function refused(entry, status, reply) {
  if (!entry.isSkip) count(-1);
  if (status === 409 && reply.kind === "taxonomy") {
    drafts.store(entry.seat, entry.answer, 1e9);
    const receipt = new URLSearchParams(entry.body).get("receipt");
    kept = post(entry.url.replace(/submit\/$/, "renew/"), new URLSearchParams({ receipt })); // so that it is the one to go on with
    showChanges(reply.changed, entry.answer);
    return;
  }
  const box = open("refused");
  const why = reply.error ?? `The server answered with ${status}.`;
  box.querySelector("[data-why]").textContent = why;
  box.querySelector("[data-return]").hidden = entry.isSkip;
  box.querySelector("[data-return]").onclick = () => {
    box.close();
    const element = parse(entry.html);
    if (item) ahead = item;
    show(element);
    answer = new Answer(entry.answer, changed);
    refresh();
    complain(why);
  };
  box.querySelector("[data-copy-details]").onclick = () => navigator.clipboard.writeText(JSON.stringify({ why, status, ...entry, html: undefined }, null, 2));
  if (!item) arrive(undefined);
}

function count(by) {
  const done = bench.querySelector("[data-done]");
  const bar = bench.querySelector("[data-progress]");
  bar.value += by;
  done.textContent = String(bar.value);
}

// --- taking back ------------------------------------------------------------------------------------------------------

async function undo() {
  if (answer.undo()) return say("Undone");
  const unsent = outbox.takeLast();
  if (unsent && !unsent.isSkip) {
    count(-1);
    return putBack(parse(unsent.html), unsent.answer);
  }
  if (unsent) return outbox.add(unsent);
  await outbox.idle();
  const last = recent[0];
  if (!last) return say("Nothing to take back");
  const { status, reply } = await post(last.undo, new URLSearchParams());
  if (status === 200) {
    recent.shift();
    count(-1);
    return putBack(parse(reply.item), null);
  }
  if (status === 401) return endSession();
  return complain(reply.error ?? "The server cannot be reached. Nothing was changed.");
}

// An answer is on the page again; what was there is next.
function putBack(element, withAnswer) {
  if (item) {
    item.dataset.kept = JSON.stringify(answer.now);
    ahead = item;
  }
  show(element);
  if (withAnswer) {
    answer = new Answer(withAnswer, changed);
    refresh();
  }
  state.textContent = "Taken back";
  say("Taken back. Submit it again when it is right.");
}

// --- looking back ------------------------------------------------------------------------------------------------------

async function look(url) {
  const found = await fetch(url, { headers: { "HX-Request": "true", Accept: "text/html" }, credentials: "same-origin" });
  if (found.redirected || found.headers.has("HX-Redirect")) return endSession();
  if (!found.ok) return say("That answer is not here any more.");
  const box = dialog("own");
  box.querySelector("[data-own]").innerHTML = await found.text();
  return open("own");
}

function lookAt(direction) {
  const own = dialog("own").open ? dialog("own").querySelector("[data-own-answer]") : null;
  const url = own ? own.dataset[direction] : direction === "older" && recent[0]?.look;
  if (url) look(url);
  else say(direction === "older" ? "No earlier answer of yours" : "That is your newest answer");
}

// --- the session, other tabs, and time -----------------------------------------------------------------------------------

let isEnding = false;
async function endSession() {
  if (isEnding) return;
  isEnding = true;
  await signInAgain(bench);
  isEnding = false;
  outbox.resume();
  drafts.send();
  if (item && !ahead) fetchAhead();
}

async function renew() {
  if (!item || document.hidden || Date.now() - seenAt > 10 * 60_000) return;
  const at = item;
  const { status, reply } = await post(at.dataset.renew, new URLSearchParams({ receipt: at.dataset.receipt }));
  if (status === 401) return void endSession();
  if (status !== 200 || at !== item) return;
  if (reply.paused && !bench.dataset.paused) open("paused");
  bench.dataset.paused = reply.paused ? "1" : "";
  if (!reply.held && !at.dataset.ranOut && !at.dataset.returned) {
    at.dataset.ranOut = "1";
    open("expired");
  }
  if (ahead) post(ahead.dataset.renew, new URLSearchParams({ receipt: ahead.dataset.receipt, ahead: "1" }));
}

setInterval(renew, 45_000);
for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, () => { seenAt = Date.now(); }, { passive: true });
document.addEventListener("visibilitychange", () => {
  if (document.hidden) drafts.send();
  else renew();
});

// --- keys ----------------------------------------------------------------------------------------------------------------

const openPalette = startPalette(commands, run);
const acts = {
  submit: () => submit(answer.now.certainty === "unsure" ? "unsure" : "sure"), unsure: () => submit("unsure"), none: () => { answer.none(); options.focus(); },
  flag: () => answer.flag(), skip, text: () => (evidence.active ? evidence.leave() : evidence.enter()),
  note: () => bench.querySelector("[data-field=comment]").focus(), undo, redo: () => answer.redo() || say("Nothing to redo"),
  older: () => lookAt("older"), newer: () => lookAt("newer"), palette: openPalette, help: () => open("help"),
};

function run(name) {
  if (item || ["help", "palette", "undo", "older", "newer"].includes(name)) acts[name]();
}

listen(commands, {
  options, evidence,
  act: {
    run, dropLast: () => answer.dropLast(),
    clear() {
      if (!options.clear()) complain("");
      options.focus();
    },
  },
});

bench.addEventListener("click", (event) => {
  const button = event.target.closest("[data-run]");
  if (button) stop(event, () => run(button.dataset.run));
});
bench.addEventListener("input", (event) => {
  if (event.target.matches("[data-field]")) answer.write(event.target.dataset.field, event.target.value);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  run("submit");
});
document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-look-at]");
  if (link) stop(event, () => look(link.href));
  if (!event.target.closest("[data-reload]")) return;
  await kept;
  location.assign(bench.dataset.page);
});
document.addEventListener("submit", async (event) => {
  const back = event.target.closest("dialog [data-take-back]");
  if (!back) return;
  event.preventDefault();
  const { status, reply } = await post(back.action, new URLSearchParams());
  dialog("own").close();
  if (status !== 200) return complain(reply.error ?? "The server cannot be reached. Nothing was changed.");
  recent.splice(recent.findIndex((one) => back.action.endsWith(one.undo)), 1);
  count(-1);
  return putBack(parse(reply.item), null);
});

// --- begin ---------------------------------------------------------------------------------------------------------------

for (const one of bench.querySelectorAll("[data-run][hidden]")) one.hidden = false;
printKeys(commands);
startDialogs(() => { if (!evidence.active && !document.querySelector("dialog[open]")) options.focus(); });
startTab(mine, {
  began() {
    outbox.isStopped = false;
    if (outbox.entries.length) {
      const isSending = outbox.entries.some((one) => one.seat === bench.querySelector("[data-item]").dataset.seat);
      if (isSending) goOn();
      else showFirst();
      outbox.send();
    } else {
      showFirst();
      fetchAhead();
    }
  },
  lost() {
    outbox.isStopped = true;
    drafts.stop();
    open("elsewhere");
  },
});
