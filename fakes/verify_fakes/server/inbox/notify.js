// Says outside the page that something came: in its title, and on the desktop if allowed.

import { say } from "./page.js";
import { choose, settings } from "./settings.js";
import { CHANNELS } from "./words.js";

const title = document.title;
let unseen = 0;

const show = () => {
  document.title = unseen ? `(${unseen}) ${title}` : title;
};

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unseen = 0;
  show();
});

/** Messages came, newest first. */
export const cameIn = (messages) => {
  if (messages.length === 0) return;
  const [newest] = messages;
  const channel = CHANNELS[newest.channel] ?? newest.channel;
  const code = newest.code ? ` Code: ${[...newest.code].join(" ")}` : "";
  say(`New message by ${channel} to ${newest.maskedTo}.${code}`);
  if (!document.hidden) return;
  unseen += messages.length;
  show();
  if (settings.notify && globalThis.Notification?.permission === "granted") {
    const words = newest.code ? `Code ${newest.code}` : "A question";
    // One tag: the newest takes the place of the one before, from every tab.
    const body = `to ${newest.maskedTo}`;
    new Notification(`${words} · ${channel}`, { body, tag: "verify-inbox" });
  }
};

/** The button that asks the browser for leave to notify. */
export const bindNotify = (button) => {
  if (!globalThis.Notification) {
    button.hidden = true;
    return;
  }
  const isOn = () => settings.notify && Notification.permission === "granted";
  const showIt = () => button.setAttribute("aria-pressed", String(isOn()));
  button.addEventListener("click", async () => {
    const wanted = !isOn();
    const allowed = wanted && (await Notification.requestPermission()) === "granted";
    choose("notify", allowed);
    if (wanted && !allowed) say("The browser does not allow notifications for this page");
    showIt();
  });
  showIt();
};
