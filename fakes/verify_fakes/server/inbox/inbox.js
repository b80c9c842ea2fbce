// The inbox: verifications as their messages arrive, newest first.

import { act, clearMessages, deleteItem, doing, showFailure } from "./actions.js";
import { Card, fits } from "./card.js";
import { copy } from "./clipboard.js";
import { showStart } from "./empty.js";
import { bindKeys } from "./keys.js";
import { VirtualList } from "./list.js";
import { bindNotify, cameIn } from "./notify.js";
import { bindFilters, offer, shortSid } from "./page.js";
import { bindSwitch, choose, settings } from "./settings.js";
import { MOST, Store } from "./store.js";
import { openTools } from "./tools.js";
import { accountOf, readMessage, readRequest } from "./vendor.js";
import { about, ask, forgetServer, keepFresh } from "./wire.js";
import { counted, whyUnfit } from "./words.js";

const PAGE = 1000;
const ASKED_AT_ONCE = 60;
const ACCOUNTS_MS = 400;
const STAND_MS = 150;

const form = document.getElementById("filters");
const store = new Store();
const clocks = new Map(); // how far an account's clock is ahead of this computer's
const folded = new Map(); // what a person has folded or unfolded, by key
let run = ""; // which run of the server all this is from
let account = null; // the only one that was loaded
let isNews = false; // whether what a refresh adds has only just arrived
let notFound = [];
let cursors = { unsent: 0, notFound: 0 };
let accountsAt = 0;
let loading = 0; // counts loads, so that an older one stops

// About how high cards are; those that were seen are measured.
const sizes = { folded: 51.6, verification: 304, unsent: 136 };

// An ended verification begins folded, unless it ends before one's eyes.
const beginsOpen = (item) => folded.get(item.key) ?? !(settings.dense || hasEnded(item));
const hasEnded = ({ kind, newest }) =>
  kind === "verification" && !["pending", "own"].includes(newest.status);

const list = new VirtualList(document.getElementById("messages"), {
  make: (item) => {
    const changed = (open) => folded.set(item.key, open);
    const view = new Card(item, { open: beginsOpen(item), changed });
    explain(view);
    tick(view);
    return view;
  },
  guess: (item) => sizes[beginsOpen(item) ? item.kind : "folded"],
});

// A link may lead to a few messages; a filter that is touched ends that.
let only = new URLSearchParams(location.search).get("cursors")?.split(",").map(Number) ?? null;

const filtered = () => {
  only = null;
  show();
  refreshSoon();
};
const read = bindFilters(form, filtered, () => goTo(list.items[0]));

const refresh = async () => {
  const wanted = read().account;
  if (wanted !== account) await load(wanted);
  const found = await ask("/messages", { account, after: store.newest, limit: PAGE });
  if (found.run !== run) {
    if (run) forgetServer();
    run = found.run;
    await load(wanted);
    return refresh();
  }
  const fresh = store.add(found.messages.map(readMessage));
  if (found.left_out > 0 && fresh.length > 0) loadOlder(fresh[0].cursor, store.newest);
  await Promise.all([readUnsent(), readNotFound(), readAccounts()]);
  show();
  await standAnew();
  if (isNews) cameIn(fresh.filter(filters().message).reverse());
  isNews = true;
};

/** Everything of an account (or of all), the newest at once and the rest bit by bit. */
const load = async (wanted) => {
  loading += 1;
  account = wanted;
  store.clear();
  notFound = [];
  cursors = { unsent: dismissed(), notFound: 0 };
  isNews = false;
  const found = await ask("/messages", { account, limit: PAGE });
  run = found.run;
  store.add(found.messages.map(readMessage));
  if (found.left_out > 0 && found.messages.length > 0) loadOlder(found.messages[0].cursor, 0);
};

const loadOlder = async (before, after) => {
  const mine = loading;
  while (before && store.size < MOST) {
    const found = await ask("/messages", { account, before, after, limit: PAGE });
    if (mine !== loading) return;
    store.add(found.messages.map(readMessage));
    show();
    before = found.left_out > 0 ? found.messages[0]?.cursor : 0;
  }
};

const dismissed = () => (settings.dismissed?.run === run ? settings.dismissed.cursor : 0);

const readUnsent = async () => {
  const query = { account, unsent: "true", after: cursors.unsent, limit: PAGE };
  const { requests } = await ask("/requests", query);
  store.addUnsent(requests.filter((each) => each.cursor > dismissed()).map(readRequest));
  cursors.unsent = Math.max(cursors.unsent, ...requests.map((each) => each.cursor));
};

const readNotFound = async () => {
  const query = { account, status: 404, after: cursors.notFound, limit: PAGE };
  const { requests } = await ask("/requests", query);
  notFound = [...notFound, ...requests.map(readRequest)].slice(-PAGE);
  cursors.notFound = notFound.at(-1)?.cursor ?? 0;
};

const readAccounts = async () => {
  const wait = accountsAt + ACCOUNTS_MS - Date.now();
  if (wait > 0) return void setTimeout(() => refreshSoon(), wait);
  accountsAt = Date.now();
  const { accounts } = await ask("/accounts");
  for (const each of accounts) clocks.set(accountOf(each), Date.parse(each.now) - Date.now());
  offer(form.elements.account, accounts.map(accountOf), shortSid);
};

/** Asks how those on the screen stand now; what the server forgot goes. */
const standAnew = async () => {
  const shown = [...list.views].map((view) => view.message?.cursor).filter(Boolean);
  if (shown.length === 0) return;
  const asked = shown.slice(0, ASKED_AT_ONCE);
  const found = await ask("/messages", { account, cursors: asked });
  store.add(found.messages.map(readMessage));
  const there = new Set(found.messages.map((each) => each.cursor));
  const gone = asked.filter((cursor) => !there.has(cursor));
  if (found.left_out > 0 || gone.length === 0) return redraw();
  if (there.size === 0) {
    await load(account);
    refreshSoon(); // for what else there is
  } else store.drop(gone);
  return show();
};

/** What is on the screen, as the store has it now. */
const redraw = () => {
  list.render();
  eachView(explain);
  eachView(tick);
};

const isTo = (to, part) => {
  if (to.toLowerCase().includes(part.trim().toLowerCase())) return true;
  // People type numbers with blanks, dashes and brackets.
  const digits = part.replace(/\D/g, "");
  return digits !== "" && !/[^-+().\s\d]/.test(part) && to.includes(digits);
};

/** What the filters let pass: messages, and items of the list. */
const filters = () => {
  const { address: words, channel, service } = read();
  const said = words.trim().toLowerCase();
  const message = (each) => {
    if (only && !only.includes(each.cursor)) return false;
    if (channel && each.channel !== channel) return false;
    if (service && each.service !== service) return false;
    if (!words) return true;
    const texts = [each.code, each.body, each.verification ?? "", each.serviceName];
    return isTo(each.to, words) || texts.some((text) => text.toLowerCase().includes(said));
  };
  const item = (each) => {
    if (each.kind === "verification") return each.messages.some(message);
    if (only) return false;
    const asked = Object.values(each.request.form);
    if (channel && !asked.includes(channel)) return false;
    if (service && !each.request.path.includes(service)) return false;
    return !words || asked.some((value) => isTo(value, words));
  };
  return { message, item };
};

const show = () => {
  const items = store.items(filters().item);
  list.show(items);
  let [messages, unsent] = [0, 0];
  for (const item of items) {
    if (item.kind === "verification") messages += item.messages.length;
    else unsent += 1;
  }
  const parts = [counted(messages, "message")];
  if (unsent) parts.push(`${counted(unsent, "start")} without a message`);
  document.getElementById("count").textContent = parts.join(", ");
  showEmpty(items.length === 0);
  fillServices();
  eachView(explain);
  eachView(tick);
};

const showEmpty = (empty) => {
  const filtered = Boolean(only) || Object.values(read()).some(Boolean);
  document.getElementById("empty").hidden = !empty || filtered;
  document.getElementById("none").hidden = !empty || !filtered;
};

const fillServices = () => {
  const services = new Map();
  for (const each of store.messages()) services.set(each.service, each.serviceName);
  services.delete("");
  const label = (sid) => [services.get(sid), shortSid(sid)].filter(Boolean).join(" · ");
  offer(form.elements.service, services.keys(), label);
  form.elements.service.parentElement.hidden = services.size === 0 && !read().service;
};

const explain = (view) => {
  const { message } = view;
  if (message) view.explain(notFound.findLast((request) => isAbout(request, message)));
};

const isAbout = (request, message) =>
  request.account === message.account &&
  request.cursor > message.cursor &&
  (request.path.includes(message.verification) ||
    request.form.VerificationSid === message.verification ||
    (request.why === message.status &&
      request.path.includes(message.service) &&
      request.form.To === message.to));

const tick = (view) => {
  const now = Date.now() + (clocks.get(view.item.account) ?? 0);
  if (view.tick(now)) refreshSoon(); // the server knows what became of it
};

const eachView = (does) => {
  for (const view of list.views) does(view);
};

// The card that keys act on is the one with the focus, or around it.
const current = () => {
  const key = document.activeElement?.closest("li[data-key]")?.dataset.key;
  return key ? list.viewOf(key) : null;
};

const step = (by) => {
  const { items } = list;
  const here = items.findIndex(({ key }) => key === current()?.item.key);
  const next = items[here < 0 ? list.first : here + by];
  goTo(next);
};

const goTo = (item) => {
  if (item) list.reveal(item.key)?.card.focus({ preventScroll: true });
};

const remove = async (item) => {
  const { items } = list;
  const place = items.findIndex(({ key }) => key === item.key);
  const next = items[place + 1] ?? items[place - 1];
  if (item.kind === "unsent") store.dropUnsent(item.cursor);
  else if (await doing(() => deleteItem(item), "Deleted from the inbox")) {
    store.drop(item.messages.map((each) => each.cursor));
  } else return;
  document.getElementById("main").focus({ preventScroll: true });
  show();
  goTo(next);
};

const clear = () => {
  const dialog = document.getElementById("clear");
  dialog.returnValue = "";
  dialog.showModal();
};

document.getElementById("clear").addEventListener("close", async ({ target }) => {
  if (target.returnValue !== "yes") return;
  if (!(await doing(() => clearMessages(account), "All messages deleted"))) return;
  choose("dismissed", { run, cursor: Math.max(store.newest, cursors.unsent) });
  await load(account);
  show();
  refreshSoon();
});

const does = (name, view) => {
  if (view.message && fits(view.message)[name]) act(name, view.item);
  else showFailure(`Not done: ${whyUnfit(view.message)}`);
};

document.getElementById("messages").addEventListener("click", ({ target }) => {
  const button = target.closest("[data-act]");
  if (!button) return;
  const view = list.viewOf(button.closest("li").dataset.key);
  const name = button.dataset.act;
  if (name === "delete") remove(view.item);
  else if (name === "fault") openTools(view.item.account, view.message?.to);
  else does(name, view);
});

const onCurrent = (acts) => () => {
  const view = current();
  return view ? acts(view) : false;
};
const acting = (name) => onCurrent((view) => does(name, view));
const restyle = () => {
  folded.clear();
  eachView((view) => {
    view.revealed = settings.reveal;
    if (view.isOpen !== beginsOpen(view.item)) view.fold();
  });
  folded.clear();
  show();
};
const copyOf = (view) => {
  if (view.message?.code) copy(view.message.code, view.card.querySelector("[data-copy]"));
  else showFailure("Not copied: this card has no code.");
};
const press = (id) => () => document.getElementById(id).click();

bindKeys({
  j: () => step(1),
  k: () => step(-1),
  o: onCurrent((view) => view.fold()),
  Enter: onCurrent((view) => (document.activeElement === view.card ? view.fold() : false)),
  c: onCurrent((view) => copyOf(view)),
  h: onCurrent((view) => view.reveal()),
  a: acting("approve"),
  x: acting("cancel"),
  e: acting("expire"),
  m: acting("later"),
  y: acting("yes"),
  n: acting("no"),
  "#": onCurrent((view) => void remove(view.item)),
  Delete: onCurrent((view) => void remove(view.item)),
  f: press("tools-open"),
  C: press("clear-open"),
  d: press("dense"),
  s: press("reveal"),
  "/": () => form.elements.address.focus(),
});
bindSwitch(document.getElementById("dense"), "dense", restyle);
bindSwitch(document.getElementById("reveal"), "reveal", restyle);
bindNotify(document.getElementById("notify"));
document.getElementById("clear-open").addEventListener("click", clear);
document.getElementById("tools-open").addEventListener("click", () => {
  const view = current();
  const newest = store.items(() => true)[0]?.account;
  openTools(view?.item.account ?? (account || newest), view?.message?.to);
});
let standing = 0;
addEventListener("scroll", () => {
  standing ||= setTimeout(() => {
    standing = 0;
    standAnew().catch(() => refreshSoon()); // which says what is wrong
  }, STAND_MS);
}, { passive: true });

const refreshSoon = keepFresh(["message", "request", "changed"], refresh);
setInterval(() => eachView(tick), 500);
about().then(({ vendor }) => showStart(vendor), () => {});
