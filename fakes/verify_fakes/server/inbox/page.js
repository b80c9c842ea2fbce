// Small things both pages do with the document. Text enters it as text only.

/** A copy of what a <template> holds. */
export const stamp = (id) =>
  document.getElementById(id).content.firstElementChild.cloneNode(true);

/** Sets the text of what carries `data-<name>`, without touching it needlessly. */
export const put = (root, name, text) => {
  const element = root.querySelector(`[data-${name}]`);
  if (element.textContent !== text) element.textContent = text;
  return element;
};

/** Makes a <select> offer values; what is chosen stays chosen. */
export const offer = (select, values, label) => {
  const known = new Map([...select.options].map((option) => [option.value, option]));
  for (const value of values) {
    if (!value) continue;
    const option = known.get(value) ?? select.appendChild(new Option("", value));
    known.set(value, option);
    const text = label(value);
    if (option.textContent !== text) option.textContent = text;
  }
};

/** "AC1f3a…9c04": enough of a SID to know it by. */
export const shortSid = (sid) => (sid.length > 14 ? `${sid.slice(0, 6)}…${sid.slice(-4)}` : sid);

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const DAY_AND_TIME = new Intl.DateTimeFormat(undefined, {
  dateStyle: "medium",
  timeStyle: "medium",
});

/** The time of day of an instant, here. */
export const timeOfDay = (instant) => TIME.format(new Date(instant));

/** The same, and the day where that is not today. */
export const moment = (instant) => {
  const at = new Date(instant);
  const isToday = at.toDateString() === new Date().toDateString();
  return (isToday ? TIME : DAY_AND_TIME).format(at);
};

/** A text in which addresses are masked: phone numbers and e-mail addresses, as in URLs too. */
export const maskedText = (text) =>
  text
    .replace(/(?<![\w.-])(\+|%2B)?([1-9]\d)\d{4,11}(\d\d)(?![\w-])/g, "$1$2…$3")
    .replace(/([A-Za-z0-9])[^\s"@/]*(?:@|%40)([A-Za-z0-9.-]+\.[A-Za-z]+)/g, "$1***@$2");

/** Lets a screen reader say something once. */
export const say = (text) => {
  document.getElementById("said").textContent = text;
};

/**
 * Keeps a form's fields and the page's address in step, so that a filtered page can be
 * bookmarked; calls `changed` after each change, and `entered` when Enter is pressed.
 */
export const bindFilters = (form, changed, entered = () => {}) => {
  const wanted = new URLSearchParams(location.search);
  for (const field of form.elements) {
    const value = wanted.get(field.name);
    if (!field.name || !value) continue;
    field.value = value;
    if (field.value === value) continue; // a <select> takes only what it offers
    offer(field, [value], shortSid);
    field.value = value;
  }
  const read = () => Object.fromEntries(new FormData(form));
  const apply = () => {
    const set = Object.entries(read()).filter(([, value]) => value);
    const query = new URLSearchParams(set).toString();
    history.replaceState(null, "", query ? `?${query}` : location.pathname);
    changed();
  };
  form.addEventListener("input", apply);
  form.addEventListener("change", apply); // all that some assistive tools and drivers send
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    entered();
  });
  // Escape clears a search in some browsers only, and leaves the field in none.
  form.addEventListener("keydown", (event) => {
    const { key, target: field, isComposing } = event;
    if (key !== "Escape" || isComposing || field.type !== "search") return;
    event.preventDefault();
    if (field.value === "") return field.blur();
    field.value = "";
    apply();
  });
  return read;
};
