// Copying a text, and saying so on the button that did it.

import { say } from "./page.js";

const COPIED_MS = 1600;

/** Copies; says whether that went well, and shows it for a moment on the button, if any. */
export const copy = async (text, button, thing = "Code") => {
  const copied = await put(text);
  say(copied ? `${thing} copied` : "The browser did not let the page copy");
  if (!button) return;
  const label = button.querySelector("span");
  label.textContent = copied ? "Copied" : "No clipboard";
  button.classList.toggle("done", copied);
  setTimeout(() => {
    label.textContent = "Copy";
    button.classList.remove("done");
  }, COPIED_MS);
};

const put = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard outside a secure context (another host than this one): the older way.
    const field = document.createElement("textarea");
    const focused = document.activeElement;
    field.value = text;
    field.className = "unseen";
    (document.querySelector("dialog[open]") ?? document.body).append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    focused?.focus();
    return done;
  }
};
