// The inbox: messages as they arrive, newest first.

import { MessageCard } from "./message.js";
import { bindFilters, offer, say, shortSid } from "./page.js";
import { ask, keepFresh } from "./wire.js";
import { CHANNELS, whyNotFound } from "./words.js";

const SHOWN = 200;
const SEARCHED = 1000; // an address may be part of one, so the page looks for it itself

const list = document.getElementById("messages");
const form = document.getElementById("filters");
const cards = new Map();
const clocks = new Map(); // how far an account's clock is ahead of this computer's
let newest = null;

const read = bindFilters(form, () => refreshSoon());

const refresh = async () => {
  const { address, ...filters } = read();
  const limit = address ? SEARCHED : SHOWN;
  const [found, asked, accounts] = await Promise.all([
    ask("/messages", { ...filters, limit }),
    ask("/requests", { account: filters.account, status: 404, limit: SHOWN }),
    ask("/accounts"),
  ]);
  for (const { account_sid: sid, now } of accounts.accounts) {
    clocks.set(sid, Date.parse(now) - Date.now());
  }
  const wanted = found.messages.filter((each) => each.to.includes(address)).slice(-SHOWN);
  fillSelects(found.messages, accounts.accounts);
  show(wanted);
  explain(wanted, asked.requests);
  announce(found);
  tick();
};

const fillSelects = (messages, accounts) => {
  const sids = accounts.map((each) => each.account_sid);
  offer(form.elements.account, sids, shortSid);
  offer(form.elements.service, messages.map((each) => each.service_sid), shortSid);
};

const show = (messages) => {
  const kept = new Set(messages.map((each) => each.cursor));
  for (const [cursor, card] of cards) {
    if (kept.has(cursor)) continue;
    card.element.parentElement.remove();
    cards.delete(cursor);
  }
  let before = list.firstElementChild;
  for (const message of messages.toReversed()) {
    const card = cards.get(message.cursor);
    if (card) {
      card.update(message);
      before = card.element.parentElement.nextElementSibling;
    } else {
      list.insertBefore(itemFor(message), before);
    }
  }
  document.getElementById("count").textContent =
    messages.length === 1 ? "1 message" : `${messages.length} messages`;
  showEmpty(messages.length === 0);
};

const itemFor = (message) => {
  const card = new MessageCard(message);
  cards.set(message.cursor, card);
  const item = document.createElement("li");
  item.append(card.element);
  return item;
};

const showEmpty = (empty) => {
  const filtered = Object.values(read()).some(Boolean);
  document.getElementById("empty").hidden = !empty || filtered;
  document.getElementById("none").hidden = !empty || !filtered;
};

const explain = (messages, notFound) => {
  for (const message of messages) {
    const about = notFound.findLast((request) => isAbout(request, message));
    cards.get(message.cursor).explain(about ? whyNotFound(about) : "");
  }
};

const isAbout = (request, message) =>
  request.account_sid === message.account_sid &&
  request.cursor > message.cursor &&
  request.path.includes(message.service_sid) &&
  request.why === message.status &&
  (request.form.VerificationSid === message.verification_sid ||
    request.form.To === message.to ||
    request.path.endsWith(message.verification_sid));

const announce = ({ messages }) => {
  const last = messages.at(-1);
  const seen = newest;
  newest = Math.max(newest ?? 0, last?.cursor ?? 0);
  if (seen === null || !last || last.cursor <= seen) return;
  const channel = CHANNELS[last.channel] ?? last.channel;
  say(`New message by ${channel} to ${last.masked_to}. Code: ${[...last.code].join(" ")}`);
};

const tick = () => {
  for (const card of cards.values()) {
    card.tick(Date.now() + (clocks.get(card.message.account_sid) ?? 0));
  }
};

const refreshSoon = keepFresh(["message", "request", "changed"], refresh);
setInterval(tick, 500);
