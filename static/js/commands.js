// Keys of the labelling screen: which command a key runs, where it counts, and what the keys of the search field do.
export const asPrinted = (key) =>
  key.split("+").map((part) => ({ ctrl: "Ctrl", shift: "⇧", enter: "↵" })[part] ?? part.toUpperCase()).join(" ");

// The commands with the person's own keys, as the server wrote them into the help.
export function readCommands() {
  return [...document.querySelectorAll("[data-command][data-keys]")].map((one) => ({
    name: one.dataset.command, key: one.dataset.keys, does: one.dataset.does, printed: asPrinted(one.dataset.keys),
  }));
}

export function printKeys(commands) {
  const printed = new Map(commands.map((one) => [one.name, one.printed]));
  for (const one of document.querySelectorAll("[data-key-of]")) one.textContent = printed.get(one.dataset.keyOf);
  for (const one of document.querySelectorAll("[data-command] kbd")) one.textContent = asPrinted(one.textContent);
}

export function stop(event, act) {
  event.preventDefault();
  event.stopPropagation();
  act();
}

function nameOf(event) {
  const key = event.key.toLowerCase();
  const isShifted = event.shiftKey && (key.length > 1 || /[a-z]/.test(key));
  return `${event.ctrlKey || event.metaKey ? "ctrl+" : ""}${isShifted ? "shift+" : ""}${key}`;
}

// `act` has run(name), dropLast() and clear().
export function listen(commands, { options, evidence, act }) {
  const commandAt = new Map(commands.map((one) => [one.key, one.name]));

  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const name = nameOf(event);
    const command = commandAt.get(name);
    const dialog = document.querySelector("dialog[open]");
    if (dialog) {
      if (dialog.matches("[data-dialog=own]") && ["older", "newer"].includes(command)) stop(event, () => act.run(command));
      return;
    }
    if (evidence.active && evidence.key(event)) return event.preventDefault();
    const inSearch = event.target === options.search;
    const isPlain = name.length === 1 || name === "enter";
    if (!inSearch && event.target.closest("textarea, input:not([type=checkbox]), select")) {
      if (event.key === "Escape") stop(event, () => options.focus());
      else if (command && !isPlain && command !== "undo" && command !== "redo") stop(event, () => act.run(command));
      return undefined;
    }
    const isBare = !options.search.value;
    if (command && (!isPlain || isBare)) return stop(event, () => act.run(command));
    if (inSearch || !event.target.closest("button, a, summary")) return inTheList(event, name, isBare);
    return undefined;
  });

  function inTheList(event, name, isBare) {
    const moves = {
      arrowdown: () => options.move(options.at + 1), arrowup: () => options.move(options.at - 1),
      pagedown: () => options.moveGroup(1), pageup: () => options.moveGroup(-1),
      enter: () => options.takeHighlighted(), escape: act.clear,
    };
    if (moves[name]) return stop(event, moves[name]);
    if (isBare && name === "backspace") return stop(event, act.dropLast);
    if (/^[1-9]$/.test(name)) {
      const number = Number(name);
      if (!isBare) return stop(event, () => options.takeFound(number));
      if (evidence.selected) return stop(event, () => evidence.attach(number));
      if (options.quick[number - 1]) return stop(event, () => options.takeQuick(number));
    }
    const isTyped = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (isTyped && event.target !== options.search) options.focus();
    return undefined;
  }
}
