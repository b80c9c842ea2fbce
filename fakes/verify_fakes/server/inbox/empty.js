// What an inbox shows before its first message: the lines that point an SDK here.

import { copy } from "./clipboard.js";
import { linesFor } from "./lines.js";
import { choose, settings } from "./settings.js";

/** Fills the empty page for a vendor; the language is remembered. */
export const showStart = (vendor) => {
  const all = linesFor(vendor, location);
  const select = document.querySelector("#start [name=language]");
  const code = document.querySelector("#start code");
  const button = document.querySelector("#start [data-copy-lines]");
  select.replaceChildren(...all.map(([id, name]) => new Option(name, id)));
  const known = all.some(([id]) => id === settings.language);
  select.value = known ? settings.language : "python";
  const show = () => {
    code.textContent = all.find(([id]) => id === select.value)[2];
  };
  select.addEventListener("change", () => {
    choose("language", select.value);
    show();
  });
  button.addEventListener("click", () => copy(code.textContent, button, "Lines"));
  show();
};
