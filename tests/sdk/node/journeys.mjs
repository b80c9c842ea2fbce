// Walks of journeys with Ping's SDKs for JavaScript, unmodified, against one endpoint. Reads
// JSON from standard input: `url`, and `walks`, each with `name`, `sdk`, `journey` and `acts`.
// Prints a line of JSON for each walk: what the SDK made of every answer. Codes come by the
// side door.

import { readFileSync } from "node:fs";

// journey-client looks for the storages of a browser; Node 20 has none.
class Storage {
  #kept = new Map();
  getItem(name) {
    return this.#kept.get(name) ?? null;
  }
  setItem(name, value) {
    this.#kept.set(name, `${value}`);
  }
  removeItem(name) {
    this.#kept.delete(name);
  }
}
globalThis.sessionStorage = new Storage();
globalThis.localStorage = new Storage();

// Node's fetch keeps no cookies, as a browser does.
const jar = new Map();
const plain = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  if (jar.size) {
    request.headers.set("cookie", [...jar].map((pair) => pair.join("=")).join("; "));
  }
  const answer = await plain(request);
  for (const each of answer.headers.getSetCookie()) {
    const [name, value] = each.split(";")[0].split("=");
    jar.set(name, value);
  }
  return answer;
};

const { Config, FRAuth, SessionManager } = await import("@forgerock/javascript-sdk");
const { journey: journeyClient } = await import("@forgerock/journey-client");

const { url, walks } = JSON.parse(readFileSync(0, "utf8"));

const door = async (path, body) => {
  const options = body ? { method: "POST", body: JSON.stringify(body) } : {};
  const answer = await plain(`${url}/_fake${path}`, options);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
};

const clients = {
  "javascript-sdk": async (realm, tree) => {
    Config.set({ serverConfig: { baseUrl: `${url}/am/`, timeout: 5000 }, realmPath: realm, tree });
    return { start: () => FRAuth.start(), next: (step) => FRAuth.next(step), end: () => SessionManager.logout() };
  },
  "journey-client": async (realm, tree) => {
    const path = `realms/root/realms/${realm}`;
    const wellknown = `${url}/am/oauth2/${path}/.well-known/openid-configuration`;
    const client = await journeyClient({ config: { serverConfig: { wellknown } } });
    return { start: () => client.start({ journey: tree }), next: (step) => client.next(step), end: () => client.terminate() };
  },
};

const seen = (step) => ({
  type: step.type,
  callbacks: (step.callbacks ?? []).map((each) => each.getType()),
  header: step.getHeader?.(),
  stage: step.getStage?.(),
  texts: (step.getCallbacksOfType?.("TextOutputCallback") ?? []).map((each) => each.getMessage()),
  code: step.getCode?.(),
  message: step.getMessage?.(),
  reason: step.getReason?.(),
  token: Boolean(step.getSessionToken?.()),
  successUrl: step.getSuccessUrl?.(),
  realm: step.getRealm?.(),
});

const fill = (step, type, value) => step.getCallbacksOfType(type)[0].setInputValue(value);

/** The field for the code: hidden or not, as the node is configured. */
const codeField = (step) =>
  step.callbacks.find((each) => ["NameCallback", "PasswordCallback"].includes(each.getType()));

async function newest() {
  const { messages } = await door("/messages");
  return messages.at(-1)?.code ?? "";
}

const acts = {
  fill: (step, values) => {
    for (const [type, value] of Object.entries(values)) fill(step, type, value);
  },
  code: async (step, which) => {
    const code = await newest();
    const other = code === "000000" ? "111111" : "000000";
    codeField(step).setInputValue(which === "right" ? code : other);
  },
  press: (step, label) => {
    const buttons = step.getCallbacksOfType("ConfirmationCallback")[0];
    buttons.setInputValue(buttons.getOptions().indexOf(label));
  },
};

async function play({ name, sdk, realm, journey, acts: script }) {
  jar.clear();
  await door("/reset", {});
  const client = await clients[sdk](realm, journey);
  const steps = [];
  let step = await client.start();
  steps.push(seen(step));
  for (const act of script) {
    if (act.door) {
      await door(act.door, act.body);
      continue;
    }
    if (act.end) {
      const ended = await client.end();
      steps.push({ ended: ended === undefined || ended.ok !== false });
      continue;
    }
    for (const [kind, value] of Object.entries(act)) {
      if (kind !== "twice") await acts[kind](step, value);
    }
    if (act.twice) await client.next(step);
    step = await client.next(step);
    steps.push(seen(step));
  }
  const { messages } = await door("/messages");
  const left = await plain(`${url}/am/json/realms/root/realms/${realm}/sessions?_action=validate`, {
    method: "POST",
    headers: { iPlanetDirectoryPro: step.getSessionToken?.() ?? "" },
  });
  return { name, sdk, steps, sent: messages.length, valid: (await left.json()).valid };
}

for (const walk of walks) {
  let told;
  try {
    told = await play(walk);
  } catch (error) {
    told = { name: walk.name, sdk: walk.sdk, error: `${error.stack}` };
  }
  console.log(JSON.stringify(told));
}
process.exit(0); // timers of the SDK for its time-out would keep the process alive
