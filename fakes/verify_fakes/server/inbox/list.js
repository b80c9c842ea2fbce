// A list of any length of which only what is near the screen is in the document.

const MARGIN_PX = 500;
const GAP_PX = 12;

/**
 * Shows items that have a `key`, in their order.
 *
 * `make(item)` gives a view: `element` (a list item), `update(item)`, and perhaps `leave()`.
 * `guess(item)` is about how high an item is that was never shown.
 */
export class VirtualList {
  #items = [];
  #places = new Map(); // of keys among the items
  #tops = new Float64Array(1); // of the items, and where the last one ends
  #heights = new Map(); // measured, by key
  #views = new Map();
  #frame = 0;

  constructor(list, { make, guess }) {
    this.list = list;
    this.make = make;
    this.guess = guess;
    this.resized = new ResizeObserver((entries) => this.#measure(entries));
    addEventListener("scroll", () => this.#soon(), { passive: true });
    addEventListener("resize", () => this.#soon());
  }

  get items() {
    return this.#items;
  }

  /** What is in the document now, in no order. */
  get views() {
    return this.#views.values();
  }

  viewOf(key) {
    return this.#views.get(key);
  }

  /** The place of the first item that begins on the screen. */
  get first() {
    const { top } = this.list.getBoundingClientRect();
    const place = this.#placeAt(-top);
    return top + this.#tops[place] < 0 ? place + 1 : place;
  }

  show(items) {
    const anchor = this.#anchor();
    this.#items = items;
    this.#places = new Map(items.map(({ key }, place) => [key, place]));
    for (const key of this.#heights.keys()) if (!this.#places.has(key)) this.#heights.delete(key);
    this.#layOut();
    this.#stay(anchor);
    this.render();
  }

  /** Brings an item into the document and the window, and gives its view. */
  reveal(key) {
    const place = this.#places.get(key);
    if (place === undefined) return null;
    const { top: begin } = this.list.getBoundingClientRect();
    const [top, end] = [begin + this.#tops[place], begin + this.#tops[place + 1]];
    if (top < 0) scrollBy(0, top - GAP_PX);
    else if (end > innerHeight) scrollBy(0, Math.min(top, end - innerHeight));
    this.render();
    return this.#views.get(key);
  }

  #soon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#renderNear({ changed: false });
    });
  }

  #layOut() {
    const items = this.#items;
    this.#tops = new Float64Array(items.length + 1);
    for (let place = 0; place < items.length; place += 1) {
      const height = this.#heights.get(items[place].key) ?? this.guess(items[place]);
      this.#tops[place + 1] = this.#tops[place] + height + GAP_PX;
    }
    this.list.style.height = `${this.#tops[items.length]}px`;
  }

  /** The place of the item that a distance from the list's begin falls into. */
  #placeAt(distance) {
    let [low, high] = [0, this.#items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#tops[middle + 1] <= distance) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The first item on the screen and where it is: it stays there whatever comes above it. */
  #anchor() {
    const { top } = this.list.getBoundingClientRect();
    const place = this.#placeAt(-top);
    if (top >= 0 || place >= this.#items.length) return null;
    return { key: this.#items[place].key, top: top + this.#tops[place] };
  }

  #stay(anchor) {
    const place = this.#places.get(anchor?.key);
    if (place === undefined) return;
    const by = this.list.getBoundingClientRect().top + this.#tops[place] - anchor.top;
    if (Math.abs(by) >= 1) scrollBy(0, by);
  }

  /** Makes the document hold what is near the screen, as its items are now. */
  render() {
    this.#renderNear({ changed: true });
  }

  #renderNear({ changed }) {
    const { top } = this.list.getBoundingClientRect();
    const from = this.#placeAt(-top - MARGIN_PX);
    const to = Math.min(this.#placeAt(innerHeight - top + MARGIN_PX) + 1, this.#items.length);
    const places = Array.from({ length: Math.max(0, to - from) }, (_, by) => from + by);
    // What has the focus stays, however far one scrolls.
    const focused = document.activeElement?.closest("li[data-key]")?.dataset.key;
    const kept = this.#places.get(focused);
    if (kept !== undefined && !places.includes(kept)) places.push(kept);
    places.sort((a, b) => a - b);
    const near = new Set(places.map((place) => this.#items[place].key));
    for (const [key, view] of this.#views) {
      if (near.has(key)) continue;
      this.resized.unobserve(view.element);
      view.element.remove();
      this.#views.delete(key);
    }
    let before = this.list.firstElementChild;
    for (const place of places) before = this.#renderAt(place, before, changed);
  }

  #renderAt(place, before, changed) {
    const item = this.#items[place];
    const old = this.#views.get(item.key);
    if (old && !changed) return this.#place(old.element, before);
    if (old) old.update(item);
    const { element } = old ?? this.#enter(item);
    element.style.transform = `translateY(${this.#tops[place]}px)`;
    element.ariaPosInSet = place + 1;
    element.ariaSetSize = this.#items.length;
    return this.#place(element, before);
  }

  /** Puts an element before another; gives what comes after it then. */
  #place(element, before) {
    if (element === before) return element.nextElementSibling;
    if (!element.contains(document.activeElement)) this.list.insertBefore(element, before);
    else {
      // Moving an element takes the focus from it, so those before it move behind.
      for (let other = before; other && other !== element; ) {
        const next = other.nextElementSibling;
        this.list.append(other);
        other = next;
      }
    }
    return element.nextElementSibling;
  }

  #enter(item) {
    const view = this.make(item);
    view.element.dataset.key = item.key;
    this.#views.set(item.key, view);
    this.resized.observe(view.element);
    return view;
  }

  #measure(entries) {
    let changed = false;
    const anchor = this.#anchor();
    for (const { target, borderBoxSize } of entries) {
      const height = borderBoxSize[0].blockSize;
      const { key } = target.dataset;
      const item = this.#items[this.#places.get(key)];
      if (!item || !target.isConnected) continue;
      const was = this.#heights.get(key) ?? this.guess(item);
      this.#heights.set(key, height);
      changed ||= Math.abs(was - height) >= 0.5;
    }
    if (!changed) return;
    this.#layOut();
    this.#stay(anchor);
    this.render();
  }
}
