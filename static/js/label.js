// The labelling screen. The page is a plain form that works by itself; here it learns keys, keeps what is chosen, sends
// answers in the background and has the next item ready before it is asked for.
import { Answer, asForm, merged } from "./answer.js";
import { askReason, askWhich, dialog, open, showChanges, signInAgain, startDialogs, startPalette } from "./dialogs.js";
import { Evidence } from "./evidence.js";
import { Options } from "./options.js";
import { Outbox, post } from "./outbox.js";
import { startTab } from "./tab.js";

const asPrinted = (key) => key.split("+").map((part) => ({ ctrl: "Ctrl", shift: "⇧", enter: "↵" })[part] ?? part.toUpperCase()).join(" ");

const bench = document.querySelector("[data-bench]");
const form = bench.querySelector("[data-answer]");
const reading = bench.querySelector("[data-reading]");
const problem = bench.querySelector("[data-problem]");
const state = bench.querySelector("[data-state]");
const saidPlace = bench.querySelector("[data-said]");
const mine = `assay:${bench.dataset.user}:${bench.dataset.round}`;
const commands = [...document.querySelectorAll("[data-command][data-keys]")].map((one) => ({
  name: one.dataset.command, key: one.dataset.keys, does: one.dataset.does, printed: asPrinted(one.dataset.keys),
}));
const commandAt = new Map(commands.map((one) => [one.key, one.name]));
const recent = [...bench.querySelectorAll("[data-recent] li")].map((one) => ({ undo: one.dataset.undo, look: one.dataset.look }));
const isQuickFixed = bench.hasAttribute("data-quick-fixed");

let answer = new Answer();
let item = null; // the element on the page
let before = null; // what a returned answer said
let ahead = null; // the element of the next item
let began = Date.now();
let draftNumber = 0;
let draftTimer = null;
let draftIsDirty = false;
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
  const kept = JSON.parse(element.dataset.kept || "{}");
  const local = readLocal(element.dataset.seat);
  draftNumber = Number(element.dataset.number);
  const restored = local && local.number >= draftNumber ? local.content : kept;
  before = element.dataset.returned ? { labels: kept.labels ?? [] } : null;
  answer = new Answer(restored, changed);
  began = Date.now();
  draftIsDirty = false;
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
  keepDraft();
}

// --- drafts -----------------------------------------------------------------------------------------------------

const localName = (seat) => `${mine}:draft:${seat}`;

function readLocal(seat) {
  try {
    return JSON.parse(localStorage.getItem(localName(seat)));
  } catch {
    return null;
  }
}

function keepDraft() {
  draftIsDirty = true;
  localStorage.setItem(localName(item.dataset.seat), JSON.stringify({ number: draftNumber, content: answer.now }));
  state.textContent = "";
  clearTimeout(draftTimer);
  draftTimer = setTimeout(sendDraft, 900);
}

async function sendDraft() {
  clearTimeout(draftTimer);
  if (!draftIsDirty || !item) return;
  const [at, sent] = [item, answer];
  draftIsDirty = false;
  const more = { number: draftNumber, receipt: at.dataset.receipt, taxonomy: bench.dataset.taxonomy };
  const { status, reply } = await post(at.dataset.draft, asForm(sent.now, more));
  if (at !== item || sent !== answer) return;
  if (status === 200) {
    draftNumber = reply.number;
    localStorage.setItem(localName(at.dataset.seat), JSON.stringify({ number: draftNumber, content: answer.now }));
    state.textContent = "Draft saved";
    if (reply.kind === "taxonomy") showChanges(reply.changed, answer.now);
  } else if (status === 409 && reply.kind === "draft") await settleConflict(reply);
  else if (status === 401) endSession();
  else {
    draftIsDirty = true;
    state.textContent = "Draft kept on this machine";
    if (status === 0 || status >= 500) draftTimer = setTimeout(sendDraft, 5000);
  }
}

async function settleConflict({ theirs, number }) {
  const choice = await askWhich(answer.now, theirs, (code) => options.name(code));
  const kept = { mine: answer.now, theirs, both: merged(answer.now, theirs) }[choice];
  draftNumber = number;
  answer.change((now) => Object.assign(now, structuredClone(kept)));
  draftIsDirty = true;
  await sendDraft();
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
  clearTimeout(draftTimer);
  draftIsDirty = false;
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
  localStorage.removeItem(localName(seat));
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
  localStorage.removeItem(localName(entry.seat));
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
    localStorage.setItem(localName(entry.seat), JSON.stringify({ number: 1e9, content: entry.answer }));
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
  if (draftIsDirty || item) sendDraft();
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
  if (document.hidden) sendDraft();
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

const nameOfKey = (event) => {
  const key = event.key.toLowerCase();
  const isShifted = event.shiftKey && (key.length > 1 || /[a-z]/.test(key));
  return `${event.ctrlKey || event.metaKey ? "ctrl+" : ""}${isShifted ? "shift+" : ""}${key}`;
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const dialogIsOpen = document.querySelector("dialog[open]");
  const name = nameOfKey(event);
  const command = commandAt.get(name);
  if (dialogIsOpen) {
    if (dialogIsOpen === dialog("own") && (command === "older" || command === "newer")) stop(event, () => run(command));
    return;
  }
  if (evidence.active && evidence.key(event)) return void event.preventDefault();
  const inSearch = event.target === options.search;
  const isWriting = !inSearch && event.target.closest("textarea, input:not([type=checkbox]), select");
  const isPlain = name.length === 1 || name === "enter";
  if (isWriting) {
    if (event.key === "Escape") stop(event, () => options.focus());
    else if (command && !isPlain && command !== "undo" && command !== "redo") stop(event, () => run(command));
    return;
  }
  const isBare = !options.search.value;
  if (command && (!isPlain || isBare)) return stop(event, () => run(command));
  if (inSearch || !event.target.closest("button, a, summary")) searchKey(event, name, isBare);
});

function searchKey(event, name, isBare) {
  const moves = {
    arrowdown: () => options.move(options.at + 1), arrowup: () => options.move(options.at - 1),
    pagedown: () => options.moveGroup(1), pageup: () => options.moveGroup(-1),
    enter: () => options.takeHighlighted(), escape: () => { if (!options.clear()) complain(""); options.focus(); },
  };
  if (moves[name]) return stop(event, moves[name]);
  if (!isBare && /^[1-9]$/.test(name)) return stop(event, () => options.takeFound(Number(name)));
  if (isBare && name === "backspace") return stop(event, () => answer.dropLast());
  if (isBare && /^[1-9]$/.test(name)) {
    if (evidence.selected) return stop(event, () => evidence.attach(Number(name)));
    if (options.quick[Number(name) - 1]) return stop(event, () => options.takeQuick(Number(name)));
  }
  if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && event.target !== options.search) options.focus();
  return undefined;
}

function stop(event, act) {
  event.preventDefault();
  event.stopPropagation();
  act();
}

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
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-look-at]");
  if (link) stop(event, () => look(link.href));
  if (event.target.closest("[data-reload]")) location.assign(bench.dataset.page);
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
for (const one of bench.querySelectorAll("[data-key-of]")) one.textContent = asPrinted(commands.find((command) => command.name === one.dataset.keyOf).key);
for (const one of document.querySelectorAll("[data-command] kbd")) one.textContent = asPrinted(one.textContent);
startDialogs(() => { if (!evidence.active && !document.querySelector("dialog[open]")) options.focus(); });
startTab(mine, {
  began() {
    outbox.isStopped = false;
    if (outbox.entries.length) {
      const isSending = outbox.entries.some((one) => one.seat === bench.querySelector("[data-item]").dataset.seat);
      if (isSending) goOn();
      else show(bench.querySelector("[data-item]"));
      outbox.send();
    } else {
      show(bench.querySelector("[data-item]"));
      fetchAhead();
    }
  },
  lost() {
    outbox.isStopped = true;
    clearTimeout(draftTimer);
    open("elsewhere");
  },
});
