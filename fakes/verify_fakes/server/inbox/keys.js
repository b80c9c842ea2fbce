// Single keys for what the buttons do. They can be switched off, since speech input and some
// assistive tools type (WCAG 2.2, 2.1.4), and do nothing where somebody types or chooses.

import { bindSwitch, settings } from "./settings.js";

const TYPING = "input, select, textarea, [contenteditable], dialog[open]";

/** Calls what belongs to a key: `acts` by `KeyboardEvent.key`. */
export const bindKeys = (acts) => {
  const dialog = document.getElementById("help");
  document.getElementById("help-open").addEventListener("click", () => dialog.showModal());
  bindSwitch(document.getElementById("keys"), "keys", () => {});
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    if (event.key === "?") {
      event.preventDefault();
      dialog.showModal();
      return;
    }
    const act = settings.keys && acts[event.key];
    if (act && act(event) !== false) event.preventDefault();
  });
};
