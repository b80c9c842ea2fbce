// A list of any length of which only what is near the screen is in the document.

const MARGIN_PX = 700;
const GAP_PX = 12;

/**
 * Shows items that have a `key`, in their order.
 *
 * `make(item)` gives a view: `element` (a list item), `update(item)`, and perhaps `leave()`.
 * `guess(item)` is about how high an item is that was never shown.
 */
export class VirtualList {
  #items = [];
  #views = new Map();
  #heights = new Map();
  #tops = new Map();
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

  show(items) {
    const anchor = this.#anchor();
    this.#items = items;
    this.#layOut();
    this.#render(anchor);
  }

  /** Brings an item into the document and the window, and gives its view. */
  reveal(key) {
    if (!this.#tops.has(key)) return null;
    const box = this.#heights.get(key) ?? 0;
    const top = this.#tops.get(key) + this.list.getBoundingClientRect().top;
    if (top < 0) scrollBy(0, top - GAP_PX);
    else if (top + box > innerHeight) scrollBy(0, Math.min(top, top + box - innerHeight) + GAP_PX);
    this.#render();
    return this.#views.get(key);
  }

  #soon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#render();
    });
  }

  #layOut() {
    this.#tops.clear();
    let top = 0;
    for (const item of this.#items) {
      this.#tops.set(item.key, top);
      top += (this.#heights.get(item.key) ?? this.guess(item)) + GAP_PX;
    }
    this.list.style.height = `${top}px`;
    for (const key of this.#heights.keys()) if (!this.#tops.has(key)) this.#heights.delete(key);
  }

  /** The first item on the screen and where it is: it stays there whatever comes above it. */
  #anchor() {
    const listTop = this.list.getBoundingClientRect().top;
    if (listTop >= 0) return null;
    for (const item of this.#items) {
      const top = listTop + this.#tops.get(item.key);
      if (top + (this.#heights.get(item.key) ?? 0) > 0) return { key: item.key, top };
    }
    return null;
  }

  #render(anchor = null) {
    if (anchor && this.#tops.has(anchor.key)) {
      const now = this.list.getBoundingClientRect().top + this.#tops.get(anchor.key);
      if (Math.abs(now - anchor.top) >= 1) scrollBy(0, now - anchor.top);
    }
    const listTop = this.list.getBoundingClientRect().top;
    const [from, to] = [-listTop - MARGIN_PX, innerHeight - listTop + MARGIN_PX];
    const near = new Set();
    let before = this.list.firstElementChild;
    for (const [place, item] of this.#items.entries()) {
      const top = this.#tops.get(item.key);
      const isNear = top <= to && top + (this.#heights.get(item.key) ?? this.guess(item)) >= from;
      const old = this.#views.get(item.key);
      // What has the focus stays, however far one scrolls.
      if (!isNear && !old?.element.contains(document.activeElement)) continue;
      near.add(item.key);
      const view = old ?? this.#enter(item);
      if (old) view.update(item);
      before = this.#place(view.element, before);
      const { element } = view;
      element.style.transform = `translateY(${top}px)`;
      element.ariaPosInSet = place + 1;
      element.ariaSetSize = this.#items.length;
    }
    for (const [key, view] of this.#views) {
      if (near.has(key)) continue;
      this.resized.unobserve(view.element);
      view.element.remove();
      this.#views.delete(key);
    }
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
      if (!target.isConnected || this.#heights.get(target.dataset.key) === height) continue;
      this.#heights.set(target.dataset.key, height);
      changed = true;
    }
    if (!changed) return;
    this.#layOut();
    this.#render(anchor);
  }
}
