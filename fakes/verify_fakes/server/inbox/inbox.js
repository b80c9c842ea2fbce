// The inbox: messages as they arrive, newest first.

import { MessageCard } from "./message.js";
import { bindFilters, offer, say, shortSid } from "./page.js";
import { ask, keepFresh } from "./wire.js";
import { CHANNELS, counted } from "./words.js";

const SHOWN = 200;
const SEARCHED = 1000; // an address may be part of one, so the page looks for it itself

const list = document.getElementById("messages");
const form = document.getElementById("filters");
const cards = new Map();
const clocks = new Map(); // how far an account's clock is ahead of this computer's
let isNews = false; // whether what a refresh adds has only just arrived

const read = bindFilters(form, () => {
  isNews = false;
  refreshSoon();
});

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
  const wanted = found.messages.filter((each) => isTo(each, address)).slice(-SHOWN);
  fillSelects(found.messages, accounts.accounts);
  const arrived = show(wanted);
  explain(wanted, asked.requests);
  if (isNews) announce(arrived);
  isNews = true;
  tick();
};

// A restarted server counts its messages from 1 again; these are others.
const keyOf = (message) => `${message.cursor} ${message.verification_sid} ${message.at}`;

const isTo = ({ to }, part) => {
  if (to.toLowerCase().includes(part.trim().toLowerCase())) return true;
  // People type numbers with blanks, dashes and brackets.
  const digits = part.replace(/\D/g, "");
  return digits !== "" && !/[^-+().\s\d]/.test(part) && to.includes(digits);
};

const fillSelects = (messages, accounts) => {
  const sids = accounts.map((each) => each.account_sid);
  offer(form.elements.account, sids, shortSid);
  const services = new Map(messages.map((each) => [each.service_sid, each.service_name]));
  const label = (sid) => [services.get(sid), shortSid(sid)].filter(Boolean).join(" · ");
  offer(form.elements.service, services.keys(), label);
};

/** Makes the list show these; returns those that were not there before. */
const show = (messages) => {
  const kept = new Set(messages.map(keyOf));
  for (const [key, card] of cards) {
    if (kept.has(key)) continue;
    card.element.parentElement.remove();
    cards.delete(key);
  }
  const arrived = [];
  let before = list.firstElementChild;
  for (const message of messages.toReversed()) {
    const card = cards.get(keyOf(message));
    if (card) {
      card.update(message);
      before = card.element.parentElement.nextElementSibling;
    } else {
      list.insertBefore(itemFor(message), before);
      arrived.push(message);
    }
  }
  document.getElementById("count").textContent = counted(messages.length, "message", SHOWN);
  showEmpty(messages.length === 0);
  return arrived;
};

const itemFor = (message) => {
  const card = new MessageCard(message);
  cards.set(keyOf(message), card);
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
    cards.get(keyOf(message)).explain(about);
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

const announce = ([newest]) => {
  if (!newest) return;
  const channel = CHANNELS[newest.channel] ?? newest.channel;
  say(`New message by ${channel} to ${newest.masked_to}. Code: ${[...newest.code].join(" ")}`);
};

const tick = () => {
  let isOver = false;
  for (const card of cards.values()) {
    const ahead = clocks.get(card.message.account_sid) ?? 0;
    isOver = card.tick(Date.now() + ahead) || isOver;
  }
  if (isOver) refreshSoon(); // the server knows what became of it
};

const refreshSoon = keepFresh(["message", "request", "changed"], refresh);
setInterval(tick, 500);
