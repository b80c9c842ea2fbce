// The dialog of what concerns a whole account: its time, its faults, its devices.

import {
  armFault,
  devicesOf,
  disarmFault,
  doing,
  faultsOf,
  moveTime,
  setTrait,
} from "./actions.js";
import { copy } from "./clipboard.js";
import { moment, put, shortSid, stamp } from "./page.js";
import { about, ask } from "./wire.js";

const CONNECTIONS = {
  hang_up: "The connection closes, nothing is done",
  answer_lost: "It is done, and the answer is lost",
  answer_late: "It is done, and the answer comes too late",
  refused: "The connection is refused",
};
const DELAYS_MS = [1500, 5000, 30_000];
const AGAIN_MS = 1000;

const dialog = document.getElementById("tools");
const account = dialog.querySelector("[name=account]");
const form = dialog.querySelector("#fault");
let again = 0;

/** Opens it for an account; a fault is about `to` alone, where that is given. */
export const openTools = async (name, to = "") => {
  if (dialog.open) return;
  const { accounts } = await ask("/accounts");
  const names = accounts.map((each) => each.account_sid ?? each.account);
  if (name && !names.includes(name)) names.push(name);
  account.replaceChildren(...names.map((each) => new Option(shortSid(each), each)));
  account.value = name || names.at(-1) || "";
  form.elements.to.value = to;
  await fillFaults();
  dialog.querySelector("[data-none]").hidden = names.length > 0;
  dialog.querySelector("[data-some]").hidden = names.length === 0;
  dialog.showModal();
  await refresh();
};

const fillFaults = async () => {
  const { vendor, operations, errors, traits } = await about();
  const { operation, effect, trait } = form.elements;
  if (operation.options.length > 0) return;
  operation.append(...operations.map((each) => new Option(each, each)));
  const group = (label, options) => {
    const made = document.createElement("optgroup");
    made.label = label;
    made.append(...options.map(([text, value]) => new Option(text, JSON.stringify(value))));
    effect.append(made);
  };
  group("Refused", errors.map(({ error, text }) => [`${error} · ${text}`, { error }]));
  const breaks = Object.entries(CONNECTIONS);
  group("Connection", breaks.map(([connection, text]) => [text, { connection }]));
  group("Slow", DELAYS_MS.map((delay_ms) => [`Answers ${delay_ms / 1000} s late`, { delay_ms }]));
  const often = vendor === "twilio" ? { error: 60203 } : { error: "throttled" };
  effect.value = JSON.stringify(often);
  trait.append(...traits.map((each) => new Option(each, each)));
};

const refresh = async () => {
  clearTimeout(again);
  const name = account.value;
  if (!name || !dialog.open) return;
  const [clock, faults] = await Promise.all([ask(`/accounts/${name}/clock`), faultsOf(name)]);
  put(dialog, "now", moment(clock.now)).title = clock.now;
  showFaults(faults.faults);
  if ((await about()).vendor === "twilio") showDevices((await devicesOf(name)).devices);
  if (dialog.open) again = setTimeout(refresh, AGAIN_MS);
};

const showFaults = (faults) => {
  const list = dialog.querySelector("[data-faults]");
  const shown = new Map([...list.children].map((row) => [row.dataset.number, row]));
  for (const fault of faults) {
    const row = shown.get(String(fault.number)) ?? list.appendChild(rowOf(fault));
    put(row, "hits", `${fault.hits} ${fault.hits === 1 ? "hit" : "hits"}`);
    shown.delete(String(fault.number));
  }
  for (const row of shown.values()) row.remove();
  dialog.querySelector("[data-no-faults]").hidden = faults.length > 0;
};

const rowOf = (fault) => {
  const row = stamp("fault-row");
  row.dataset.number = fault.number;
  const calls = fault.last === null ? `${fault.first}, and every later one` : rangeOf(fault);
  const slow = fault.delay_ms && `${fault.delay_ms} ms late`;
  const effect = fault.connection ?? (slow || (fault.reason ?? fault.error));
  const about = fault.to ? `, to ${fault.to}` : "";
  put(row, "what", `${fault.operation}: ${effect} (call ${calls}${about})`);
  row.querySelector("button").addEventListener("click", async () => {
    const place = [...row.parentElement.children].indexOf(row);
    await doing(() => disarmFault(account.value, fault.number), "Fault disarmed");
    await refresh();
    focusFault(place);
  });
  return row;
};

/** Puts the focus on the fault at a place, or else the last; on the heading where none is left. */
const focusFault = (place) => {
  const buttons = [...dialog.querySelectorAll("[data-faults] button")];
  (buttons[place] ?? buttons.at(-1) ?? dialog.querySelector("#faults-title")).focus();
};

const rangeOf = ({ first, last }) => (first === last ? first : `${first} to ${last}`);

const showDevices = (devices) => {
  dialog.querySelector("[data-devices]").hidden = devices.length === 0;
  const list = dialog.querySelector("[data-devices] ul");
  const known = new Map([...list.children].map((row) => [row.dataset.factor, row]));
  for (const device of devices) {
    const row = known.get(device.factor_sid) ?? list.appendChild(deviceRow(device));
    put(row, "device-code", device.code);
    put(row, "device-left", `${device.left_s} s left`);
    known.delete(device.factor_sid);
  }
  for (const row of known.values()) row.remove();
};

const deviceRow = (device) => {
  const row = stamp("device-row");
  row.dataset.factor = device.factor_sid;
  put(row, "device-name", `${device.friendly_name} (${shortSid(device.factor_sid)})`);
  const button = row.querySelector("button");
  button.addEventListener("click", () =>
    copy(row.querySelector("[data-device-code]").textContent, button));
  return row;
};

account.addEventListener("change", refresh);
dialog.addEventListener("close", () => clearTimeout(again));
dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
for (const button of dialog.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", async () => {
    const moved = () => moveTime(account.value, Number(button.dataset.advance));
    await doing(moved, `The clock is ${button.textContent.replace("+", "")} later`);
    await refresh();
  });
}
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { operation, effect, last, to } = form.elements;
  const rule = { operation: operation.value, ...JSON.parse(effect.value) };
  if (last.value === "all") rule.last = null;
  if (to.value.trim()) rule.to = to.value.trim();
  const problem = await failing(() => armFault(account.value, rule), "Fault armed");
  put(dialog, "problem", problem);
  await refresh();
});
form.querySelector("[data-set-trait]").addEventListener("click", async () => {
  const { trait, to } = form.elements;
  const set = () => setTrait(account.value, trait.value, to.value.trim());
  put(dialog, "problem", await failing(set, `The number is ${trait.value} from now on`));
});

const failing = async (does, said) => {
  let problem = "";
  await doing(async () => {
    try {
      await does();
    } catch (error) {
      problem = error.message;
      throw error;
    }
  }, said);
  return problem;
};
