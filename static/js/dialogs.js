// The labelling screen's dialogs: commands, help, reasons, signing in over the page, and what to do when two pages differ.
export function dialog(name) {
  return document.querySelector(`[data-dialog=${name}]`);
}

export function open(name) {
  const found = dialog(name);
  if (found && !found.open) found.showModal();
  return found;
}

export function startDialogs(restoreFocus) {
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  });
  for (const one of document.querySelectorAll("dialog")) one.addEventListener("close", restoreFocus);
}

// Commands by name, narrowed by typing; Enter runs the first.
export function startPalette(commands, run) {
  const box = dialog("palette");
  const input = box.querySelector("[data-palette]");
  const list = box.querySelector("ul");
  let shown = [];

  function show() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    shown = commands.filter((one) => words.every((word) => one.does.toLowerCase().includes(word)));
    list.replaceChildren(...shown.map((one) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.command = one.name;
      button.append(one.does, Object.assign(document.createElement("kbd"), { textContent: one.printed }));
      const item = document.createElement("li");
      item.append(button);
      return item;
    }));
  }

  function choose(name) {
    box.close();
    if (name) run(name);
  }

  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    choose(shown[0]?.name);
  });
  list.addEventListener("click", (event) => choose(event.target.closest("[data-command]")?.dataset.command));
  return () => {
    input.value = "";
    show();
    open("palette");
  };
}

// One of the fixed reasons, by its number or by a click; null if the person thinks better of it.
export function askReason() {
  const box = open("skip");
  const buttons = [...box.querySelectorAll("[data-reason]")];
  return new Promise((resolve) => {
    let chosen = null;
    const choose = (button) => {
      chosen = button.dataset.reason;
      box.close();
    };
    const onClick = (event) => {
      const button = event.target.closest("[data-reason]");
      if (button) choose(button);
    };
    const onKey = (event) => {
      const button = buttons[Number(event.key) - 1];
      if (button) {
        event.preventDefault();
        choose(button);
      }
    };
    box.addEventListener("click", onClick);
    box.addEventListener("keydown", onKey);
    box.addEventListener("close", () => {
      box.removeEventListener("click", onClick);
      box.removeEventListener("keydown", onKey);
      resolve(chosen);
    }, { once: true });
  });
}

// Signs in over the page. Resolves once the same person is signed in; somebody else gets a page of their own.
export function signInAgain(bench) {
  const box = open("session");
  box.addEventListener("cancel", (event) => event.preventDefault());
  const form = box.querySelector("[data-sign-in-form]");
  const problem = box.querySelector("[data-sign-in-problem]");
  return new Promise((resolve) => {
    form.onsubmit = async (event) => {
      event.preventDefault();
      problem.hidden = true;
      try {
        await signIn(bench.dataset.signIn, new FormData(form));
        const page = await read(bench.dataset.page);
        const person = page.querySelector("meta[name=person]")?.content;
        if (!person) throw new Error("The e-mail or the password is not right.");
        if (person !== bench.dataset.user) return location.reload(); // somebody else: none of this is theirs
        document.querySelector("meta[name=csrf-token]").content = page.querySelector("meta[name=csrf-token]").content;
        form.reset();
        box.close();
        return resolve();
      } catch (error) {
        problem.textContent = error instanceof TypeError ? "The server cannot be reached. Try again." : error.message;
        problem.hidden = false;
        return undefined;
      }
    };
  });
}

async function signIn(url, said) {
  const page = await read(url);
  const token = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (!token) return; // signed in meanwhile, in another tab
  const body = new URLSearchParams([...said, ["csrfmiddlewaretoken", token]]);
  await fetch(url, { method: "POST", body, credentials: "same-origin", headers: { Accept: "text/html" } });
}

async function read(url) {
  const answer = await fetch(url, { credentials: "same-origin", headers: { Accept: "text/html" } });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// Two versions of one answer side by side; resolves with "mine", "theirs" or "both".
export function askWhich(mine, theirs, nameOf) {
  const box = open("conflict");
  box.addEventListener("cancel", (event) => event.preventDefault());
  const list = (answer, other) => {
    const lines = answer.labels.map((code) => line(nameOf(code), !other.labels.includes(code)));
    if (answer.none_applies) lines.push(line("None applies", !other.none_applies));
    if (answer.comment) lines.push(line(`Note: ${answer.comment}`, answer.comment !== other.comment));
    return lines.length ? lines : [line("Nothing", false)];
  };
  box.querySelector("[data-mine]").replaceChildren(...list(mine, theirs));
  box.querySelector("[data-theirs]").replaceChildren(...list(theirs, mine));
  return new Promise((resolve) => {
    box.onclick = (event) => {
      const button = event.target.closest("[data-keep]");
      if (!button) return;
      box.close();
      resolve(button.dataset.keep);
    };
  });
}

function line(text, differs) {
  const item = document.createElement("li");
  if (differs) {
    const strong = Object.assign(document.createElement("strong"), { textContent: text });
    item.append(strong, " ", Object.assign(document.createElement("span"), { className: "muted smaller", textContent: "only here" }));
  } else item.append(text);
  return item;
}

// Says exactly what changed in the taxonomy, and which of it the draft uses.
export function showChanges(changed, draft) {
  const box = open("taxonomy");
  const titles = { removed: "Gone", changed: "Changed", added: "New" };
  const parts = Object.entries(titles).filter(([kind]) => changed[kind]?.length).flatMap(([kind, title]) => {
    const list = document.createElement("ul");
    list.append(...changed[kind].slice(0, 40).map((text) => {
      const [code] = text.split(": ", 1);
      const item = Object.assign(document.createElement("li"), { textContent: text });
      if (draft.labels.includes(code)) item.append(" ", Object.assign(document.createElement("span"), { className: "badge gold", textContent: "in your draft" }));
      return item;
    }));
    const rest = changed[kind].length - 40;
    if (rest > 0) list.append(Object.assign(document.createElement("li"), { textContent: `and ${rest} more` }));
    return [Object.assign(document.createElement("h3"), { textContent: title }), list];
  });
  box.querySelector("[data-changes]").replaceChildren(...parts);
}
