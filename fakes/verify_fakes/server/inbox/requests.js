// What was asked and answered, newest first; the server has redacted codes and tokens.

import { bindFilters, offer, put, shortSid, stamp } from "./page.js";
import { ask, keepFresh } from "./wire.js";
import { counted, timeOfDay, whyNotFound } from "./words.js";

const SHOWN = 300;

const list = document.getElementById("requests");
const form = document.getElementById("filters");
const rows = new Map();

const read = bindFilters(form, () => refreshSoon());

const refresh = async () => {
  const { account, only } = read();
  const [found, accounts] = await Promise.all([
    ask("/requests", { account, limit: SHOWN }),
    ask("/accounts"),
  ]);
  offer(form.elements.account, accounts.accounts.map((each) => each.account_sid), shortSid);
  show(found.requests.filter((each) => isWanted(each, only)));
};

const isRefusal = (request) => request.status === null || request.status >= 400;

const isWanted = (request, only) =>
  !only || (only === "404" ? request.status === 404 : isRefusal(request));

// A restarted server counts its requests from 1 again; these are others.
const keyOf = (request) => `${request.cursor} ${request.at}`;

const show = (requests) => {
  const kept = new Set(requests.map(keyOf));
  for (const [key, row] of rows) {
    if (kept.has(key)) continue;
    row.remove();
    rows.delete(key);
  }
  let before = list.firstElementChild;
  for (const request of requests.toReversed()) {
    const row = rows.get(keyOf(request));
    if (row) before = row.nextElementSibling;
    else list.insertBefore(rowFor(request), before);
  }
  document.getElementById("count").textContent = counted(requests.length, "request", SHOWN);
  document.getElementById("empty").hidden = requests.length > 0;
};

const rowFor = (request) => {
  const row = stamp("row");
  rows.set(keyOf(request), row);
  row.dataset.kind = isRefusal(request) ? "refused" : "done";
  put(row, "at", timeOfDay(request.at)).dateTime = request.at;
  put(row, "method", request.method);
  put(row, "path", request.path);
  put(row, "operation", [request.operation, request.masked_to].filter(Boolean).join(" · "));
  put(row, "status", request.status === null ? "no answer" : String(request.status));
  put(row, "error", request.code === null ? "" : `error ${request.code}`);
  const why = whyNotFound(request);
  put(row, "why", why).hidden = !why;
  put(row, "account", request.account_sid);
  put(row, "authorization", request.headers.authorization ?? "");
  fillForm(row.querySelector("[data-form]"), request.form);
  put(row, "response", indented(request.response) || "No answer was sent.");
  return row;
};

const fillForm = (body, parameters) => {
  for (const [name, value] of Object.entries(parameters)) {
    const line = stamp("parameter");
    put(line, "name", name);
    put(line, "value", value);
    body.append(line);
  }
  body.closest("table").hidden = body.childElementCount === 0;
};

const indented = (text) => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // shortened by the server, or not JSON
  }
};

const refreshSoon = keepFresh(["request", "changed"], refresh);
