// What was asked and answered, newest first; the server has redacted codes and tokens.

import { put, stamp } from "./page.js";
import { bindList, putInstant, shown, SHOWN } from "./rows.js";
import { readRequest, whyNoPlus } from "./vendor.js";
import { ask } from "./wire.js";
import { counted, whyNotFound } from "./words.js";

// A link leads to one alone, which is opened once.
let one = new URLSearchParams(location.search).get("cursors");
let isOpened = !one;

const load = async ({ account, only, about }) => {
  const found = await ask("/requests", { account, about, cursors: one, limit: SHOWN });
  return found.requests.map(readRequest).filter((each) => isWanted(each, only)).reverse();
};

const isRefusal = (request) => request.status === null || request.status >= 400;

const isWanted = (request, only) =>
  !only || (only === "404" ? request.status === 404 : isRefusal(request));

const rowFor = (request) => {
  const row = stamp("row");
  row.dataset.kind = isRefusal(request) ? "refused" : "done";
  putInstant(row, request.at);
  put(row, "method", request.method);
  put(row, "path", shown(request.path));
  put(row, "operation", [request.operation, request.maskedTo].filter(Boolean).join(" · "));
  put(row, "status", request.status === null ? "no answer" : String(request.status));
  put(row, "error", request.code === null ? "" : `error ${request.code}`);
  const why = whyNotFound(request) || whyNoPlus(request);
  put(row, "why", why).hidden = !why;
  put(row, "account", request.account);
  put(row, "authorization", request.authorization);
  row.querySelector("[data-authorization]").parentElement.hidden = !request.authorization;
  fillForm(row.querySelector("[data-form]"), request.form);
  put(row, "response", shown(indented(request.response)) || "No answer was sent.");
  row.querySelector("[data-sent]").hidden = request.messages.length === 0;
  const query = new URLSearchParams({ account: request.account, cursors: request.messages });
  row.querySelector("[data-message-link]").href = `/?${query}`;
  if (!isOpened) isOpened = row.querySelector("details").open = true;
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

bindList("requests", {
  kinds: ["request", "changed"],
  fetch: load,
  // A restarted server counts its requests from 1 again; these are others.
  keyOf: (request) => `${request.cursor} ${request.at}`,
  make: rowFor,
  said: (number) => counted(number, "request", SHOWN),
  changed: () => {
    one = null;
  },
});
