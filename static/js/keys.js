// A key clicks the element that names it in data-key; not while somebody types, except with Ctrl or Cmd. ? shows the keys.
export function startKeys() {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select");
    const name = (event.ctrlKey || event.metaKey ? "ctrl+" : "") + event.key.toLowerCase();
    if (event.altKey || (typing && !name.startsWith("ctrl+"))) {
      if (event.key === "Escape" && typing) typing.blur();
      return;
    }
    const help = name === "?" && document.querySelector("details.keyhelp");
    if (help) {
      event.preventDefault();
      help.open = !help.open;
      help.querySelector("summary").focus();
      return;
    }
    const target = document.querySelector(`[data-key="${CSS.escape(name)}"]`);
    if (!target || target.disabled) return;
    event.preventDefault();
    if (target.matches("input:not([type=checkbox]):not([type=radio]), textarea")) target.focus();
    else target.click();
  });
}
