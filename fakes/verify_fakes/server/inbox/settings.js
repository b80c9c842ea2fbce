// What a person has chosen, kept by the browser for this server.

const KEY = "verify-inbox";
const DEFAULTS = { dense: false, reveal: false, notify: false, keys: true, language: "python" };

const read = () => {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
  } catch {
    return { ...DEFAULTS }; // storage may be switched off, or hold something else
  }
};

export const settings = read();

/** Sets one of them and remembers it. */
export const choose = (name, value) => {
  settings[name] = value;
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // It holds until the page is left.
  }
};

/** A button that switches a setting on and off; `changed` is called after each change. */
export const bindSwitch = (button, name, changed) => {
  const show = () => button.setAttribute("aria-pressed", String(settings[name]));
  button.addEventListener("click", () => {
    choose(name, !settings[name]);
    show();
    changed();
  });
  show();
};
