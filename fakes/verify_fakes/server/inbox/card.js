// One verification, or one start that sent nothing, as a card. Everything in it came from
// outside: text is set as text, and an e-mail's HTML lives in a sandboxed frame without
// scripts, forms or links.

import { copy } from "./clipboard.js";
import { maskedText, moment, put, shortSid, stamp, timeOfDay } from "./page.js";
import { settings } from "./settings.js";
import { whyUnsent } from "./vendor.js";
import { CHANNELS, clockFace, counted, STANDINGS, STATUSES, whyNotFound } from "./words.js";

/** A card for an item of the store; `update` and `tick` keep it true. */
export class Card {
  #ranOut = false;
  #shown = 0;
  #body = null; // made when it is first unfolded

  /** `open` says whether it begins unfolded; `changed(open)` is called when it is (un)folded. */
  constructor(item, { open, changed }) {
    this.element = document.createElement("li");
    this.card = stamp("card");
    this.element.append(this.card);
    this.changed = changed;
    this.item = item;
    const title = `card-${item.cursor}`;
    this.card.setAttribute("aria-labelledby", title);
    this.card.querySelector("[data-channel-name]").id = title;
    this.card.querySelector("[data-fold]").addEventListener("click", () => this.fold());
    this.card.querySelector("[data-reveal]").addEventListener("click", () => this.reveal());
    this.#open(open);
    this.revealed = settings.reveal;
    this.update(item);
  }

  get isOpen() {
    return Boolean(this.#body) && !this.#body.hidden;
  }

  get message() {
    return this.item.newest ?? null;
  }

  fold() {
    this.#open(!this.isOpen);
    this.update(this.item);
    this.changed(this.isOpen);
  }

  reveal(revealed = !this.revealed) {
    this.revealed = revealed;
    this.update(this.item);
  }

  #open(open) {
    if (open && !this.#body) this.#makeBody();
    if (this.#body) this.#body.hidden = !open;
    const button = this.card.querySelector("[data-fold]");
    button.setAttribute("aria-expanded", String(open));
    this.card.classList.toggle("folded", !open);
  }

  #makeBody() {
    this.#body = stamp("unfolded");
    this.card.querySelector("[data-why-box]").before(this.#body);
    const button = this.#body.querySelector("[data-copy]");
    button.addEventListener("click", () => copy(this.message.code, button));
  }

  update(item) {
    this.item = item;
    this.card.dataset.cursor = item.cursor;
    this.card.dataset.kind = item.kind;
    if (item.kind === "unsent") this.#showUnsent(item.request);
    else this.#showVerification(item);
    this.#showReveal();
  }

  #showUnsent(request) {
    const { card } = this;
    card.dataset.status = "unsent";
    const refused = request.status === null || request.status >= 400;
    put(card, "channel-name", refused ? "Failed start" : "Lost start");
    put(card, "status", request.status === null ? "No answer" : `${request.status}`);
    put(card, "to", request.maskedTo ?? "");
    this.#showMoment(request.at);
    card.querySelector("[data-reveal]").hidden = true;
    card.querySelector("[data-code-short]").hidden = true;
    if (!this.isOpen) return;
    const why = whyUnsent(request);
    put(card, "unsent", settings.reveal ? why : masking(why, request)).hidden = false;
    for (const name of ["halves", "acts", "ids", "links"]) {
      card.querySelector(`[data-${name}]`).hidden = true;
    }
    card.querySelector("[data-unsent-links]").hidden = false;
    this.#link("request-link", "/requests", { account: request.account, cursors: request.cursor });
  }

  #showVerification({ newest, messages, cursor }) {
    const { card } = this;
    card.dataset.channel = newest.channel;
    card.dataset.status = newest.status;
    put(card, "channel-name", CHANNELS[newest.channel] ?? newest.channel);
    const known = newest.channel in CHANNELS ? newest.channel : "sms";
    card.querySelector("[data-icon] use").setAttribute("href", `#icon-${known}`);
    this.#showMoment(newest.at);
    put(card, "count", messages.length > 1 ? counted(messages.length, "message") : "");
    put(card, "code-short", newest.code).hidden = !newest.code;
    put(card, "status", STATUSES[newest.status] ?? newest.status);
    if (!this.isOpen) return;
    this.#showFacts(newest);
    this.#showActions(newest);
    if (this.#shown !== cursor) this.#showContent({ messages, cursor });
  }

  #showFacts(newest) {
    const { card } = this;
    put(card, "code", newest.code).hidden = !newest.code;
    card.querySelector("[data-copy]").hidden = !newest.code;
    put(card, "standing", STANDINGS[newest.status] ?? "");
    put(card, "sends", newest.sends);
    put(card, "checks", newest.checks);
    put(card, "service-name", newest.serviceName);
    this.#showId("service", newest.service);
    this.#showId("verification", newest.verification);
    this.#showId("account", newest.account);
    const about = { account: newest.account, about: newest.verification };
    this.#link("requests-link", "/requests", about);
    this.#link("deliveries-link", "/deliveries", about);
    card.querySelector("[data-links]").hidden = !newest.verification;
    card.querySelector("[data-figures]").hidden = !newest.verification;
  }

  /** What arrived: the newest message as it looks, earlier ones folded behind it. */
  #showContent({ messages, cursor }) {
    this.#shown = cursor;
    const newest = messages.at(-1);
    this.card.querySelector("[data-content]").replaceChildren(contentOf(newest));
    const earlier = this.card.querySelector("[data-earlier]");
    earlier.hidden = messages.length < 2;
    put(earlier, "earlier-title", `${counted(messages.length - 1, "earlier message")}`);
    const rows = messages.slice(0, -1).reverse().map((message) => {
      const row = stamp("earlier");
      put(row, "earlier-at", moment(message.at)).dateTime = message.at;
      put(row, "earlier-channel", CHANNELS[message.channel] ?? message.channel);
      put(row, "earlier-body", message.body);
      return row;
    });
    earlier.querySelector("ol").replaceChildren(...rows);
  }

  #showActions(message) {
    const possible = fits(message);
    for (const button of this.card.querySelectorAll("[data-act]")) {
      button.hidden = !(possible[button.dataset.act] ?? true);
    }
  }

  #showReveal() {
    const { message, revealed, card } = this;
    if (!message) return;
    const address = revealed ? message.to : message.maskedTo;
    put(card, "to", address);
    for (const each of card.querySelectorAll("[data-mail-to]")) each.textContent = address;
    const button = card.querySelector("[data-reveal]");
    button.textContent = revealed ? "Hide" : "Show";
    button.setAttribute("aria-pressed", String(revealed));
    button.setAttribute("aria-label", revealed ? "Hide the address" : "Show the whole address");
  }

  #showMoment(at) {
    const shown = put(this.card, "at", moment(at));
    shown.dateTime = at;
    shown.title = `${at} (UTC, by the account’s clock)`;
  }

  #showId(name, id) {
    const shown = put(this.card, name, shortSid(id));
    shown.title = id;
    shown.parentElement.hidden = !id;
  }

  #link(name, path, query) {
    this.card.querySelector(`[data-${name}]`).href = `${path}?${new URLSearchParams(query)}`;
  }

  /** Says why the newest request about this verification was answered with 404, if it was. */
  explain(request) {
    const text = request ? whyNotFound(request, this.message) : "";
    const box = this.card.querySelector("[data-why-box]");
    box.hidden = !text;
    put(this.card, "why", text);
    if (!text) return;
    this.#link("why-link", "/requests", { account: request.account, cursors: request.cursor });
  }

  /**
   * Shows the time left at an instant of the account's clock, in milliseconds; says whether it
   * has just run out.
   */
  tick(now) {
    const { message } = this;
    if (!message) return false;
    const isNews = this.#runsOut(now);
    if (this.isOpen) this.#showTime(now);
    return isNews;
  }

  #runsOut(now) {
    const { message } = this;
    const isOver = isOpen(message) && Date.parse(message.expiresAt) <= now;
    const isNews = isOver && !this.#ranOut;
    this.#ranOut = isOver;
    return isNews;
  }

  #showTime(now) {
    const { message, card } = this;
    const ends = Date.parse(message.expiresAt);
    const lasts = ends - Date.parse(this.item.messages[0].at);
    const open = isOpen(message);
    const left = open ? Math.max(0, ends - now) : 0;
    const text = left > 0 ? `${clockFace(left)} left` : "Time is over";
    put(card, "left", text).parentElement.hidden = !open;
    const bar = card.querySelector("progress");
    bar.max = Math.max(1, lasts);
    bar.value = left;
    bar.classList.toggle("short", left < 60_000);
    card.querySelector("[data-time]").hidden = !open;
  }
}

const isOpen = ({ status, isRunning }) => status === "pending" && isRunning;

/** Which actions can be done to the verification of a message. */
export const fits = ({ status, isQuestion, canExpire, verification }) => {
  const isLive = status === "pending";
  return {
    approve: isLive && !isQuestion,
    cancel: isLive,
    expire: canExpire,
    yes: isLive && isQuestion,
    no: isLive && isQuestion,
    later: Boolean(verification),
  };
};

/** A reason without the address that it repeats, whatever that looks like. */
const masking = (why, { form, maskedTo }) =>
  maskedText(form.To ? why.replaceAll(form.To, maskedTo) : why);

const contentOf = (message) => {
  const content = stamp(`as-${message.channel in CHANNELS ? message.channel : "sms"}`);
  put(content, "body", message.body);
  if (message.channel === "whatsapp") put(content, "clock", timeOfDay(message.at));
  if (message.channel !== "email") return content;
  put(content, "subject", message.subject);
  const frame = content.querySelector("iframe");
  // The frame inherits this page's policy; its only style sheet is ours.
  frame.srcdoc = `<!doctype html><link rel="stylesheet" href="/_inbox/mail.css">${message.html}`;
  return content;
};
