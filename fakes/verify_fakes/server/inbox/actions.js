// What the page can do to the server, by button or by key.

import { say } from "./page.js";
import { ENDS } from "./vendor.js";
import { about, send } from "./wire.js";

const LATER_S = 600;
const FAILURE_MS = 8000;

const of = (account, path) => `/accounts/${encodeURIComponent(account)}${path}`;

const end = async (message, how) => {
  const { vendor } = await about();
  const body = { verification: message.verification, status: ENDS[vendor][how] };
  await send("POST", of(message.account, "/verifications"), body);
};

const reply = (message, yes) =>
  send("POST", of(message.account, "/replies"), { request_id: message.verification, yes });

/** What can be done to a card's verification, and what a screen reader hears then. */
const ACTS = {
  approve: [(message) => end(message, "approve"), "Approved"],
  cancel: [(message) => end(message, "cancel"), "Canceled"],
  expire: [(message) => end(message, "expire"), "Expired"],
  yes: [(message) => reply(message, true), "Answered with yes"],
  no: [(message) => reply(message, false), "Answered with no"],
  later: [({ account }) => moveTime(account, LATER_S), "The account’s clock is ten minutes later"],
};

/** Does one of them to an item; what the server refuses is said, too. */
export const act = async (name, item) => {
  const [does, said] = ACTS[name];
  await doing(() => does(item.newest), said);
};

export const doing = async (does, said) => {
  try {
    await does();
    say(said);
    return true;
  } catch (error) {
    showFailure(`Not done: ${error.message}`);
    return false;
  }
};

let until = 0;

/** Says for a while what went wrong, to be seen and heard. */
export const showFailure = (text) => {
  const place = document.getElementById("failure");
  place.textContent = text;
  clearTimeout(until);
  until = setTimeout(() => {
    place.textContent = "";
  }, FAILURE_MS);
};

export const moveTime = (account, seconds) =>
  send("POST", of(account, "/clock"), { advance_s: seconds });

/** Deletes an item's messages from the inbox; the codes stay good. */
export const deleteItem = (item) =>
  send("DELETE", of(item.account, `/messages?cursors=${item.messages.map((each) => each.cursor)}`));

/** Deletes the messages of an account, or of all. */
export const clearMessages = (account) =>
  send("DELETE", account ? of(account, "/messages") : "/messages");

export const faultsOf = (account) => send("GET", of(account, "/faults"));

export const armFault = (account, rule) => send("POST", of(account, "/faults"), rule);

export const disarmFault = (account, number) =>
  send("DELETE", of(account, `/faults?number=${number}`));

export const setTrait = (account, trait, to) =>
  send("POST", of(account, "/numbers"), { [trait]: [to] });

export const devicesOf = (account) => send("GET", of(account, "/devices"));
