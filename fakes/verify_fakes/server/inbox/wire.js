// The page's line to its own server: JSON, the event stream, and the token if one is needed.

import { listen } from "./stream.js";

const TOKEN = "verify-inbox-token";
const REFRESH_MS = 70;
const AGAIN_MS = 2000;

const token = () => {
  try {
    return sessionStorage.getItem(TOKEN) ?? "";
  } catch {
    return "";
  }
};

// `serve --new-token` prints an address that ends with it. A fragment is sent to no server.
const brought = new URLSearchParams(location.hash.slice(1)).get("token");
if (brought) {
  sessionStorage.setItem(TOKEN, brought);
  history.replaceState(null, "", location.pathname + location.search);
}

export class TokenNeeded extends Error {}

/** The JSON behind a path of the side door; empty parameters are left out. */
export const ask = (path, parameters = {}) => {
  const given = Object.entries(parameters).filter(([, value]) => value);
  const query = new URLSearchParams(given).toString();
  return send("GET", query ? `${path}?${query}` : path);
};

/** Asks the side door to do something; its refusal is an error in its own words. */
export const send = async (method, path, body) => {
  const answer = await fetch(`/_fake${path}`, {
    method,
    headers: {
      ...(token() && { Authorization: `Bearer ${token()}` }),
      ...(body && { "Content-Type": "application/json" }),
    },
    body: body && JSON.stringify(body),
    cache: "no-store",
  });
  if (answer.status === 401) throw new TokenNeeded();
  if (!answer.ok) throw new Error(await whyNot(answer));
  return answer.status === 204 ? null : answer.json();
};

const whyNot = async (answer) => {
  try {
    const { error } = await answer.json();
    return `${error.field}: ${error.message}`;
  } catch {
    return `the server answered ${answer.status}`;
  }
};

let known = null;

/** What the server is: its vendor, its run, and the faults that it knows. */
export const about = () => {
  known ??= ask("/about").catch((error) => {
    known = null;
    throw error;
  });
  return known;
};

/** The server was started anew: it may be another one. */
export const forgetServer = () => {
  known = null;
};

/** Shows the form that asks for the token; the page starts again with it. */
export const askForToken = () => {
  const dialog = document.getElementById("token");
  if (dialog.open) return;
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem(TOKEN, dialog.querySelector("input").value);
    location.reload();
  });
  dialog.showModal();
};

/**
 * Runs `refresh` now and after whatever happens on the server: one at a time, and a burst of
 * events counts as one.
 */
export const keepFresh = (kinds, refresh) => {
  let open = false;
  let running = false;
  let again = false;
  let timer = 0;

  const run = async () => {
    timer = 0;
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      await refresh();
      showLine(open ? "live" : "lost");
    } catch (error) {
      failed(error);
    } finally {
      running = false;
      if (again) {
        again = false;
        soon();
      }
    }
  };
  const soon = (wait = REFRESH_MS) => {
    timer ||= setTimeout(run, wait);
  };
  const failed = (error) => {
    if (error instanceof TokenNeeded) return askForToken();
    console.error(error);
    showLine("lost");
    return soon(AGAIN_MS);
  };

  const hear = (news) => {
    if (news === "open" || news === "lost") open = news === "open";
    if (news === "lost") showLine("lost");
    // What happened while the line was down has to be fetched, too.
    if (news === "open" || kinds.includes(news)) soon();
  };
  // A page in the back/forward cache holds no line.
  let hangUp = listen(token(), hear);
  addEventListener("pagehide", () => hangUp());
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) hangUp = listen(token(), hear);
  });
  run();
  return () => soon();
};

const LINES = { live: "Live", lost: "Not connected" };

const showLine = (state) => {
  const line = document.getElementById("line");
  if (line.dataset.state === state) return;
  line.dataset.state = state;
  line.querySelector("span").textContent = LINES[state];
};
