// A short list of rows that are made once and stay while their item is listed.

export class RowList {
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
