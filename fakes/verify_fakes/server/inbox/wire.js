// The page's line to its own server: JSON, the event stream, and the token if one is needed.

const TOKEN = "verify-inbox-token";
const REFRESH_MS = 120;

const token = () => {
  try {
    return sessionStorage.getItem(TOKEN) ?? "";
  } catch {
    return "";
  }
};

export class TokenNeeded extends Error {}

/** The JSON behind a path of the side door; empty parameters are left out. */
export const ask = async (path, parameters = {}) => {
  const given = Object.entries(parameters).filter(([, value]) => value);
  const headers = token() ? { Authorization: `Bearer ${token()}` } : {};
  const answer = await fetch(`/_fake${path}?${new URLSearchParams(given)}`, {
    headers,
    cache: "no-store",
  });
  if (answer.status === 401) throw new TokenNeeded();
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return answer.json();
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
    } catch (error) {
      if (error instanceof TokenNeeded) askForToken();
      else showLine("lost");
    } finally {
      running = false;
      if (again) {
        again = false;
        soon();
      }
    }
  };
  const soon = () => {
    timer ||= setTimeout(run, REFRESH_MS);
  };

  const query = token() ? `?${new URLSearchParams({ token: token() })}` : "";
  const stream = new EventSource(`/_fake/events${query}`);
  stream.addEventListener("open", () => {
    showLine("live");
    soon(); // what happened while the line was down
  });
  stream.addEventListener("error", () => showLine("lost"));
  for (const kind of kinds) stream.addEventListener(kind, soon);
  run();
  return soon;
};

const LINES = { live: "Live", lost: "Not connected" };

const showLine = (state) => {
  const line = document.getElementById("line");
  if (line.dataset.state === state) return;
  line.dataset.state = state;
  line.querySelector("span").textContent = LINES[state];
};
