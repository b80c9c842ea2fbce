// The server's event stream. A browser opens at most six connections to one server and a
// stream keeps its own for good, so all pages of a browser share one, in a worker; otherwise
// the seventh tab would wait for ever, and so would a reload after six pages went to the
// back/forward cache.

const KINDS = ["message", "request", "changed", "delivery"];
const AGAIN_MS = 2000;
const TOGETHER_MS = 50; // a thousand events in a second are twenty pieces of news

/**
 * Opens the stream and passes on "open", "lost" and the kind of whatever happens, until the
 * function it returns is called.
 */
export const openStream = (token, pass) => {
  const query = token ? `?${new URLSearchParams({ token })}` : "";
  let stream = null;
  let timer = 0;
  let later = 0;
  const heard = new Set();
  const hear = (kind) => {
    heard.add(kind);
    later ||= setTimeout(() => {
      later = 0;
      for (const each of heard) pass(each);
      heard.clear();
    }, TOGETHER_MS);
  };
  const open = () => {
    stream = new EventSource(`/_fake/events${query}`);
    stream.addEventListener("open", () => pass("open"));
    stream.addEventListener("error", () => {
      pass("lost");
      // The browser itself comes back after a broken line, but not after a refusal.
      if (stream.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN_MS);
    });
    for (const kind of KINDS) stream.addEventListener(kind, () => hear(kind));
  };
  open();
  return () => {
    clearTimeout(timer);
    clearTimeout(later);
    stream.close();
  };
};

/** Listens on the stream that all pages share; the function it returns stops that. */
export const listen = (token, pass) => {
  if (typeof SharedWorker === "undefined") return openStream(token, pass);
  // One worker for each name, so a page with another token gets another stream.
  const { port } = new SharedWorker("/_inbox/worker.js", { type: "module", name: token });
  port.addEventListener("message", ({ data }) => pass(data));
  port.start();
  return () => {
    port.postMessage("leave");
    port.close();
  };
};
