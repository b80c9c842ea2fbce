// One message as a card. Everything in it came from outside: text is set as text, and an
// e-mail's HTML lives in a sandboxed frame without scripts, forms or links.

import { put, say, shortSid, stamp } from "./page.js";
import { CHANNELS, clockFace, outOf, STANDINGS, STATUSES, timeOfDay, whyNotFound } from "./words.js";

const COPIED_MS = 1600;

/** A card for a message; `update` and `tick` keep it true. */
export class MessageCard {
  #ranOut = false;

  constructor(message) {
    this.element = stamp("card");
    this.element.dataset.channel = message.channel;
    this.element.dataset.cursor = message.cursor;
    this.#fill(message);
    this.update(message);
  }

  #fill(message) {
    const { element } = this;
    const title = `card-${message.cursor}`;
    element.setAttribute("aria-labelledby", title);
    const channel = put(element, "channel-name", CHANNELS[message.channel] ?? message.channel);
    channel.id = title;
    const icon = element.querySelector("[data-icon] use");
    icon.setAttribute("href", `#icon-${message.channel in CHANNELS ? message.channel : "sms"}`);
    const at = put(element, "at", timeOfDay(message.at));
    at.dateTime = message.at;
    put(element, "code", message.code);
    const service = put(element, "service", shortSid(message.service_sid));
    service.title = message.service_sid;
    const verification = put(element, "verification", shortSid(message.verification_sid));
    verification.title = message.verification_sid;
    const account = put(element, "account", shortSid(message.account_sid));
    account.title = message.account_sid;
    element.querySelector("[data-content]").append(contentOf(message));
    this.#bindReveal(message);
    this.#bindCopy(message);
  }

  #bindReveal(message) {
    const button = this.element.querySelector("[data-reveal]");
    const show = (revealed) => {
      const address = revealed ? message.to : message.masked_to;
      put(this.element, "to", address);
      if (message.channel === "email") put(this.element, "mail-to", address);
      button.textContent = revealed ? "Hide" : "Show";
      button.setAttribute("aria-pressed", String(revealed));
      button.setAttribute("aria-label", revealed ? "Hide the address" : "Show the whole address");
    };
    button.addEventListener("click", () => show(button.getAttribute("aria-pressed") !== "true"));
    show(false);
  }

  #bindCopy(message) {
    const button = this.element.querySelector("[data-copy]");
    const label = button.querySelector("span");
    button.addEventListener("click", async () => {
      const copied = await copy(message.code, button);
      label.textContent = copied ? "Copied" : "Press Ctrl+C";
      button.classList.toggle("done", copied);
      say(copied ? "Code copied" : "The browser did not let the page copy");
      setTimeout(() => {
        label.textContent = "Copy";
        button.classList.remove("done");
      }, COPIED_MS);
    });
  }

  update(message) {
    this.message = message;
    const { element } = this;
    element.dataset.status = message.status;
    put(element, "status", STATUSES[message.status] ?? message.status);
    put(element, "standing", STANDINGS[message.status] ?? "");
    put(element, "service-name", message.service_name ?? "");
    put(element, "sends", outOf(message.sends, message.max_sends));
    put(element, "checks", outOf(message.checks, message.max_checks));
  }

  /** Says why the newest request about this verification was answered with 404, if it was. */
  explain(request) {
    const text = request ? whyNotFound(request, this.message) : "";
    put(this.element, "why", text).closest("p").hidden = !text;
  }

  /**
   * Shows the time left at an instant of the account's clock, in milliseconds; says whether it
   * has just run out.
   */
  tick(now) {
    const { message, element } = this;
    const ends = Date.parse(message.expires_at);
    const lasts = ends - Date.parse(message.at);
    const open = message.status === "pending";
    const left = open ? Math.max(0, ends - now) : 0;
    const text = left > 0 ? `${clockFace(left)} left` : "Time is over";
    put(element, "left", text).parentElement.hidden = !open;
    const bar = element.querySelector("progress");
    bar.max = Math.max(1, lasts);
    bar.value = left;
    bar.classList.toggle("short", left < 60_000);
    element.querySelector("[data-time]").hidden = !open;
    const isOver = open && left === 0;
    const isNews = isOver && !this.#ranOut;
    this.#ranOut = isOver;
    return isNews;
  }
}

const contentOf = (message) => {
  const content = stamp(`as-${message.channel in CHANNELS ? message.channel : "sms"}`);
  put(content, "body", message.body);
  if (message.channel === "whatsapp") put(content, "clock", timeOfDay(message.at).slice(0, 5));
  if (message.channel !== "email") return content;
  put(content, "subject", message.subject);
  const frame = content.querySelector("iframe");
  // The frame inherits this page's policy; its only style sheet is ours.
  frame.srcdoc = `<!doctype html><link rel="stylesheet" href="/_inbox/mail.css">${message.html}`;
  return content;
};

const copy = async (text, button) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard outside a secure context (another host than this one): select instead.
    const code = button.closest("article").querySelector("[data-code]");
    getSelection().selectAllChildren(code);
    return document.execCommand("copy");
  }
};
