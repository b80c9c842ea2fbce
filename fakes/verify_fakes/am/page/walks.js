// The page of walks: the drawing with the place where one stands, its steps and the codes.

import { ask, keepFresh, send } from "./wire.js";
import { counted } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 190;
const HEIGHT = 56;
const GAP_X = 90;
const GAP_Y = 34;

const byId = (id) => document.getElementById(id);

const act = (method, path, body) => send(method, path, body).catch(console.error).then(again);

const svg = (name, attributes = {}, text = "") => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
};

const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** Where each node is drawn: a column for each layer. */
const placed = (nodes) => {
  const rows = new Map();
  const places = new Map();
  for (const { id, layer } of nodes) {
    const row = rows.get(layer) ?? 0;
    rows.set(layer, row + 1);
    places.set(id, { x: 10 + layer * (WIDTH + GAP_X), y: 10 + row * (HEIGHT + GAP_Y) });
  }
  return places;
};

/** A curve from the right of one node to the left of the next; below, where it leads back. */
const curve = (from, to, nth) => {
  const start = { x: from.x + WIDTH, y: from.y + 12 + nth * 13 };
  const end = { x: to.x, y: to.y + HEIGHT / 2 };
  const bend = to.x > from.x ? 45 : 75;
  const low = to.x > from.x ? 0 : HEIGHT;
  const path = `M${start.x} ${start.y} C${start.x + bend} ${start.y + low} ${end.x - bend} ${end.y + low} ${end.x} ${end.y}`;
  return { path, label: { x: start.x + 6, y: start.y - 2 } };
};

let drawn = "";

const draw = (drawing) => {
  const { nodes, connections, at } = drawing;
  const text = JSON.stringify(drawing);
  if (text === drawn) return;
  drawn = text;
  const places = placed(nodes);
  const canvas = byId("drawing");
  canvas.replaceChildren();
  const counts = new Map();
  for (const { from, outcome, to, taken } of connections) {
    const nth = counts.get(from) ?? 0;
    counts.set(from, nth + 1);
    const { path, label } = curve(places.get(from), places.get(to), nth);
    const kind = taken ? "taken" : "";
    canvas.append(svg("path", { d: path, class: kind }));
    const words = taken > 1 ? `${outcome} ×${taken}` : outcome;
    canvas.append(svg("text", { ...label, class: `outcome ${kind}` }, short(words, 16)));
  }
  for (const { id, name, type } of nodes) {
    const { x, y } = places.get(id);
    const group = svg("g", { class: id === at ? "node at" : "node", "data-node": id });
    group.append(
      svg("rect", { x, y, width: WIDTH, height: HEIGHT, rx: 8 }),
      svg("text", { x: x + 10, y: y + 24 }, short(name, 26)),
      svg("text", { x: x + 10, y: y + 42, class: "type" }, short(type, 32)),
    );
    canvas.append(group);
  }
  const right = Math.max(...[...places.values()].map(({ x }) => x)) + WIDTH + 40;
  const bottom = Math.max(...[...places.values()].map(({ y }) => y)) + HEIGHT + 50;
  canvas.style.width = `${right}px`;
  canvas.style.height = `${bottom}px`;
  canvas.querySelector(".at")?.scrollIntoView({ block: "nearest", inline: "center" });
  const shown = nodes.find(({ id }) => id === at);
  byId("drawn").textContent = shown ? `It stands at “${shown.name}”.` : "";
};

const passed = ({ node, outcome, state }) => {
  const made = byId("passed").content.cloneNode(true);
  made.querySelector("summary").textContent = `Passed ${node}: ${outcome}`;
  made.querySelector("pre").textContent = JSON.stringify(state, null, 2);
  return made;
};

const row = (step) => {
  const made = byId("step").content.cloneNode(true);
  const put = (part, text) => {
    const place = made.querySelector(`[data-${part}]`);
    place.textContent = text;
    place.hidden = !text;
  };
  const asked = step.asks.map(({ type, text }) => `${type.replace("Callback", "")} “${text}”`);
  put("node", step.node);
  made.querySelector("[data-passed]").replaceChildren(...step.passed.map(passed));
  put("asks", asked.length ? `Asks ${asked.join(", ")}` : "");
  put("answered", step.answered ? `Answered ${step.answered.join(", ")}` : "");
  put("state", JSON.stringify(step.state, null, 2));
  return made;
};

const code = ({ code: text, to, channel, status, at }) => {
  const made = document.createElement("li");
  const shown = document.createElement("code");
  shown.textContent = text;
  made.append(shown, ` by ${channel} to ${to}, ${status}, ${at.slice(11, 19)}`);
  return made;
};

let chosen = new URLSearchParams(location.search).get("walk") ?? "";
let isNewest = !chosen;

const choose = (walks) => {
  if (isNewest || !walks.some(({ id }) => id === chosen)) chosen = walks.at(-1)?.id ?? "";
  const options = walks.toReversed().map(({ id, journey, at, outcome, node }) => {
    const where = outcome ?? `at ${node}`;
    return new Option(`${journey} ${at.slice(11, 19)}, ${where}`, id, false, id === chosen);
  });
  byId("choice").replaceChildren(...options);
};

const show = async () => {
  const [{ walks }, clock, { faults }] = await Promise.all([ask("/walks"), ask("/clock"), ask("/faults")]);
  byId("now").textContent = clock.now.replace("T", " ").slice(0, 19);
  const armed = faults.filter(({ last, hits }) => last === null || hits < last).length;
  byId("faults").textContent = armed ? `${counted(armed, "failure")} to come` : "";
  walks.sort((one, other) => one.at.localeCompare(other.at));
  choose(walks);
  byId("empty").hidden = walks.length > 0;
  byId("walk").hidden = walks.length === 0;
  if (!chosen) {
    byId("back").disabled = true;
    return;
  }
  const [walk, { messages }] = await Promise.all([ask("/walks/one", { walk: chosen }), ask("/messages")]);
  byId("back").disabled = walk.answers === 0;
  const where = walk.outcome ?? `at ${walk.node}`;
  byId("standing").textContent = [`${walk.journey} in ${walk.realm}: ${where}`, walk.error].filter(Boolean).join(". ");
  draw(walk.drawing);
  const steps = walk.end ? [...walk.steps, walk.end] : walk.steps;
  byId("steps").replaceChildren(...steps.map(row));
  const since = messages.filter(({ at }) => at >= walk.at);
  byId("codes").replaceChildren(...since.toReversed().map(code));
};

const again = keepFresh(["message", "changed"], show);

byId("choice").addEventListener("change", ({ target }) => {
  chosen = target.value;
  isNewest = false;
  again();
});
const onClick = (id, does) => byId(id).addEventListener("click", does);
onClick("back", () => act("POST", "/walks/back", { walk: chosen }));
onClick("minute", () => act("POST", "/clock", { advance_s: 60 }));
onClick("expiry", () => act("POST", "/clock", { advance_s: 600 }));
onClick("down", () => act("POST", "/faults", { operation: "start", error: 20500 }));
onClick("up", () => act("DELETE", "/faults"));
