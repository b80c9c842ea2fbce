// The messages that the page knows, grouped by verification, and the starts that sent none.

export const MOST = 10_000;

/** Newest things first; the oldest messages leave when there are more than `MOST`. */
export class Store {
  #messages = new Map();
  #groups = new Map();
  #unsent = new Map();

  clear() {
    this.#messages.clear();
    this.#groups.clear();
    this.#unsent.clear();
  }

  get size() {
    return this.#messages.size;
  }

  /** The newest cursor; 0 where there is no message. */
  get newest() {
    let newest = 0;
    for (const cursor of this.#messages.keys()) if (cursor > newest) newest = cursor;
    return newest;
  }

  /** Takes messages in, also those that it has; says which are new. */
  add(messages) {
    const fresh = messages.filter(({ cursor }) => !this.#messages.has(cursor));
    for (const message of messages) {
      this.#messages.set(message.cursor, message);
      const group = this.#groups.get(message.group) ?? new Group(message.group);
      this.#groups.set(message.group, group);
      group.add(message);
    }
    this.#letGo();
    return fresh;
  }

  addUnsent(requests) {
    for (const request of requests) this.#unsent.set(request.cursor, new Unsent(request));
    const over = [...this.#unsent.keys()].sort((a, b) => a - b).slice(0, -1000);
    for (const cursor of over) this.#unsent.delete(cursor);
  }

  dropUnsent(cursor) {
    this.#unsent.delete(cursor);
  }

  drop(cursors) {
    for (const cursor of cursors) {
      const message = this.#messages.get(cursor);
      if (!message) continue;
      this.#messages.delete(cursor);
      const group = this.#groups.get(message.group);
      group.drop(cursor);
      if (group.messages.length === 0) this.#groups.delete(message.group);
    }
  }

  messages() {
    return this.#messages.values();
  }

  /** What fits, newest first. */
  items(fits) {
    const all = [...this.#groups.values(), ...this.#unsent.values()];
    return all.filter(fits).sort((a, b) => b.cursor - a.cursor);
  }

  #letGo() {
    if (this.#messages.size <= MOST) return;
    const cursors = [...this.#messages.keys()].sort((a, b) => a - b);
    this.drop(cursors.slice(0, cursors.length - MOST));
  }
}

/** The messages of one verification, oldest first. */
class Group {
  kind = "verification";
  messages = [];

  constructor(key) {
    this.key = key;
  }

  get newest() {
    return this.messages.at(-1);
  }

  get cursor() {
    return this.newest.cursor;
  }

  get at() {
    return this.newest.at;
  }

  get account() {
    return this.newest.account;
  }

  add(message) {
    const place = this.messages.findIndex(({ cursor }) => cursor >= message.cursor);
    if (place < 0) this.messages.push(message);
    else {
      const known = this.messages[place].cursor === message.cursor;
      this.messages.splice(place, known ? 1 : 0, message);
    }
  }

  drop(cursor) {
    this.messages = this.messages.filter((each) => each.cursor !== cursor);
  }
}

/** A start that sent nothing. */
class Unsent {
  kind = "unsent";

  constructor(request) {
    this.request = request;
    this.key = `unsent ${request.cursor}`;
    this.cursor = request.cursor;
    this.at = request.at;
    this.account = request.account;
  }
}
