// One working tab at a time for one round of one person; another can take over.
export function startTab(name, on) {
  const box = document.querySelector("[data-dialog=elsewhere]");
  box.addEventListener("cancel", (event) => event.preventDefault());
  if (!navigator.locks) return on.began(); // a page without a secure address has no locks: drafts still cannot be lost
  let began = false;

  async function hold(options) {
    try {
      await navigator.locks.request(name, options, (lock) => {
        if (!lock) {
          if (!box.open) box.showModal();
          return undefined;
        }
        box.close();
        if (began) location.reload();
        began = true;
        on.began();
        return new Promise(() => {}); // until the tab is closed, or another takes over
      });
    } catch (error) {
      if (error.name !== "AbortError") throw error;
      on.lost();
    }
  }

  box.querySelector("[data-take-over]").addEventListener("click", () => hold({ steal: true }));
  return hold({ ifAvailable: true });
}
