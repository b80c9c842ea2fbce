// Webhooks and events: what was posted, each attempt, and what became of it; newest first.

import { moment, put, stamp } from "./page.js";
import { bindList, putInstant, shown, SHOWN } from "./rows.js";
import { accountOf } from "./vendor.js";
import { ask } from "./wire.js";
import { counted } from "./words.js";

const KINDS = { delivered: "done", waiting: "done", kept: "kept" };

const rowFor = (sent) => {
  const row = stamp("row");
  row.dataset.kind = KINDS[sent.status] ?? "refused";
  putInstant(row, sent.at);
  put(row, "kind", sent.kind);
  put(row, "type", sent.type);
  put(row, "url", sent.url ?? "posted nowhere");
  put(row, "status", sent.status);
  put(row, "reason", reasonOf(sent));
  put(row, "account", accountOf(sent));
  row.querySelector("[data-attempts]").append(...sent.attempts.map(attempt));
  put(row, "body", shown(JSON.stringify(sent.body, null, 2)));
  link(row, sent);
  return row;
};

const reasonOf = ({ reason, attempts, next_attempt_at: next }) => {
  const why = reason ?? (attempts.length ? "" : "None yet.");
  return next ? `${why}; the next attempt is at ${moment(next)}` : why;
};

const attempt = ({ at, status, error, took_ms: took }) => {
  const line = document.createElement("li");
  line.textContent = `${moment(at)}: ${status ?? error ?? "no answer"}, ${took} ms`;
  return line;
};

/** To the requests and messages of the verification, where the body names one. */
const link = (row, sent) => {
  const found = /VE[0-9a-f]{32}|"request_id":"([^"]+)"/.exec(JSON.stringify(sent.body));
  const verification = found?.[1] ?? found?.[0];
  const query = new URLSearchParams({ account: accountOf(sent) });
  for (const name of ["requests", "message"]) {
    row.querySelector(`[data-${name}-link]`).hidden = !verification;
  }
  if (!verification) return;
  const name = encodeURIComponent(verification);
  row.querySelector("[data-requests-link]").href = `/requests?${query}&about=${name}`;
  row.querySelector("[data-message-link]").href = `/?${query}&address=${name}`;
};

bindList("deliveries", {
  kinds: ["delivery", "request", "changed"],
  fetch: async ({ account, status, about }) =>
    (await ask("/deliveries", { account, status, about, limit: SHOWN })).deliveries.reverse(),
  keyOf: (sent) => `${sent.cursor} ${sent.at} ${sent.status} ${sent.attempts.length}`,
  make: rowFor,
  said: (number) => counted(number, "delivery", SHOWN).replace("deliverys", "deliveries"),
});
