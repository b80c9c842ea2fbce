// What was asked and answered, newest first; the server has redacted codes and tokens.

import { bindFilters, maskedText, moment, offer, put, shortSid, stamp } from "./page.js";
import { RowList } from "./rows.js";
import { bindSwitch, settings } from "./settings.js";
import { accountOf, readRequest } from "./vendor.js";
import { ask, keepFresh } from "./wire.js";
import { counted, whyNotFound } from "./words.js";

const SHOWN = 300;

const form = document.getElementById("filters");
let one = new URLSearchParams(location.search).get("cursors"); // a link leads to it alone

const read = bindFilters(form, () => {
  one = null;
  refreshSoon();
});

const refresh = async () => {
  const { account, only, about } = read();
  const [found, accounts] = await Promise.all([
    ask("/requests", { account, about, cursors: one, limit: SHOWN }),
    ask("/accounts"),
  ]);
  offer(form.elements.account, accounts.accounts.map(accountOf), shortSid);
  const requests = found.requests.map(readRequest).filter((each) => isWanted(each, only));
  rows.show(requests.reverse());
  document.getElementById("count").textContent = counted(requests.length, "request", SHOWN);
  document.getElementById("empty").hidden = requests.length > 0;
  if (one && rows.list.firstElementChild && !rows.wasOpened) {
    rows.wasOpened = true;
    rows.list.querySelector("details").open = true;
  }
};

const isRefusal = (request) => request.status === null || request.status >= 400;

const isWanted = (request, only) =>
  !only || (only === "404" ? request.status === 404 : isRefusal(request));

const shown = (text) => (settings.reveal ? text : maskedText(text));

const rowFor = (request) => {
  const row = stamp("row");
  row.dataset.kind = isRefusal(request) ? "refused" : "done";
  const at = put(row, "at", moment(request.at));
  at.dateTime = request.at;
  at.title = `${request.at} (UTC, by the account’s clock)`;
  put(row, "method", request.method);
  put(row, "path", shown(request.path));
  put(row, "operation", [request.operation, request.maskedTo].filter(Boolean).join(" · "));
  put(row, "status", request.status === null ? "no answer" : String(request.status));
  put(row, "error", request.code === null ? "" : `error ${request.code}`);
  const why = whyNotFound(request);
  put(row, "why", why).hidden = !why;
  put(row, "account", request.account);
  put(row, "authorization", request.authorization);
  row.querySelector("[data-authorization]").parentElement.hidden = !request.authorization;
  fillForm(row.querySelector("[data-form]"), request.form);
  put(row, "response", shown(indented(request.response)) || "No answer was sent.");
  row.querySelector("[data-sent]").hidden = request.messages.length === 0;
  const query = new URLSearchParams({ account: request.account, cursors: request.messages });
  row.querySelector("[data-message-link]").href = `/?${query}`;
  return row;
};

const fillForm = (body, parameters) => {
  for (const [name, value] of Object.entries(parameters)) {
    const line = stamp("parameter");
    put(line, "name", name);
    put(line, "value", shown(value));
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

// A restarted server counts its requests from 1 again; these are others.
const rows = new RowList(document.getElementById("requests"), {
  keyOf: (request) => `${request.cursor} ${request.at}`,
  make: rowFor,
});

const refreshSoon = keepFresh(["request", "changed"], refresh);
bindSwitch(document.getElementById("reveal"), "reveal", () => {
  rows.clear();
  refreshSoon();
});
