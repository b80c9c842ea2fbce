// Runs once for all pages of a browser: one stream, passed on to each of them.

import { openStream } from "./stream.js";

const ports = new Set();
let line = ""; // what a page that comes later has to hear first
let close = null;

const pass = (news) => {
  if (news === "open" || news === "lost") line = news;
  for (const port of ports) port.postMessage(news);
};

const join = (port) => {
  ports.add(port);
  if (close) {
    if (line) port.postMessage(line);
  } else {
    close = openStream(self.name, pass);
  }
};

const leave = (port) => {
  ports.delete(port);
  if (ports.size > 0 || !close) return;
  close();
  close = null;
  line = "";
};

self.addEventListener("connect", ({ ports: [port] }) => {
  port.addEventListener("message", ({ data }) => {
    if (data === "leave") leave(port);
  });
  // Newer browsers also report a page that went without a word.
  port.addEventListener("close", () => leave(port));
  port.start();
  join(port);
});
