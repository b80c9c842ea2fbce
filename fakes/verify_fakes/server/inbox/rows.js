// A page that lists what the server has of one kind, newest first, under its filters.

import { bindFilters, maskedText, moment, offer, put, shortSid } from "./page.js";
import { bindSwitch, settings } from "./settings.js";
import { accountOf } from "./vendor.js";
import { ask, keepFresh } from "./wire.js";

/** As many as a page lists. */
export const SHOWN = 300;

/**
 * Lists in the element `name`, and again after happenings of these kinds, what `fetch` gives
 * for the filters; `changed` is called when those change, `said` puts a number into words.
 */
export const bindList = (name, { kinds, fetch, keyOf, make, said, changed = () => {} }) => {
  const form = document.getElementById("filters");
  const read = bindFilters(form, () => {
    changed();
    refreshSoon();
  });
  const rows = new RowList(document.getElementById(name), { keyOf, make });
  const refresh = async () => {
    const [items, { accounts }] = await Promise.all([fetch(read()), ask("/accounts")]);
    offer(form.elements.account, accounts.map(accountOf), shortSid);
    rows.show(items);
    document.getElementById("count").textContent = said(items.length);
    document.getElementById("empty").hidden = items.length > 0;
  };
  const refreshSoon = keepFresh(kinds, refresh);
  bindSwitch(document.getElementById("reveal"), "reveal", () => {
    rows.clear();
    refreshSoon();
  });
};

/** A text as this person has chosen to see it. */
export const shown = (text) => (settings.reveal ? text : maskedText(text));

export const putInstant = (row, instant) => {
  const at = put(row, "at", moment(instant));
  at.dateTime = instant;
  at.title = `${instant} (UTC, by the account’s clock)`;
};

/** Rows that are made once and stay while their item is listed. */
class RowList {
  #rows = new Map();

  constructor(list, { keyOf, make }) {
    this.list = list;
    this.keyOf = keyOf;
    this.make = make;
  }

  clear() {
    this.show([]);
  }

  /** Makes the list show these, in this order. */
  show(items) {
    const kept = new Set(items.map(this.keyOf));
    for (const [key, row] of this.#rows) {
      if (kept.has(key)) continue;
      row.remove();
      this.#rows.delete(key);
    }
    let before = this.list.firstElementChild;
    for (const item of items) {
      const key = this.keyOf(item);
      const row = this.#rows.get(key);
      if (row) before = row.nextElementSibling;
      else {
        const made = this.make(item);
        this.#rows.set(key, made);
        this.list.insertBefore(made, before);
      }
    }
  }
}
