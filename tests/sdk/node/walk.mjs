// A walk through every served operation with Twilio's official SDK for Node, and the
// refusals of a life cycle. Prints what it saw as lines of JSON; the tests in
// ../test_node.py judge them. What a person or a test would see comes by the side door.
//
// Environment: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN; FAKE_TWILIO_URL, the server;
// REDIRECT, empty where something else than the base URL leads there.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import twilio from "twilio";

const { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, FAKE_TWILIO_URL, REDIRECT } = process.env;
const PHONE = "+15555550100";
const SAFE = "+15555550111";
const IDENTITY = "ff483d1ff591898a9942916050d2ca3f";

const client = twilio(TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN);
if (REDIRECT) {
  client.verify.baseUrl = REDIRECT;
  client.lookups.baseUrl = REDIRECT;
}
const v2 = client.verify.v2;

const tell = (line) => console.log(JSON.stringify(line));

// The exchanges as they were on the wire.
client.httpClient.axios.interceptors.response.use((response) => {
  const { method, url, data, headers } = response.config;
  tell({
    kind: "exchange",
    method: method.toUpperCase(),
    url: new URL(response.request.path, url).href,
    agent: headers["User-Agent"],
    body: data ?? null,
    status: response.status,
    answered: response.data ? JSON.stringify(response.data) : "",
  });
  return response;
});

const nameOf = (value) => (value == null ? "null" : value.constructor.name);

function told(call, result) {
  for (const each of Array.isArray(result) ? result : [result]) {
    const dates = Object.keys(each)
      .filter((name) => /^date|Date$/.test(name))
      .map((name) => [name, nameOf(each[name])]);
    tell({ kind: "answer", call, of: nameOf(each), dates: Object.fromEntries(dates) });
  }
  return result;
}

const see = async (resource, call, ...given) => told(call, await resource[call](...given));

async function refused(call, promise) {
  try {
    await promise;
  } catch (error) {
    const { status, code, message } = error;
    return tell({ kind: "refusal", call, of: error.constructor.name, status, code, message });
  }
  assert.fail(`${call} was not refused`);
}

async function door(path, body) {
  const answer = await fetch(`${FAKE_TWILIO_URL}/_fake/accounts/${TWILIO_ACCOUNT_SID}${path}`, {
    method: body ? "POST" : "GET",
    body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, path);
  return answer.json();
}

const newestCode = async () => (await door("/messages")).messages.at(-1).code;
const now = async () => new Date((await door("/clock")).now);

// RFC 6238 with SHA-1, six digits and thirty seconds.
function totp(secret, at) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replaceAll("=", "")]
    .map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at.getTime() / 30_000)));
  const digest = createHmac("sha1", key).update(counter).digest();
  const from = digest.at(-1) & 15;
  return String((digest.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function services() {
  let made;
  for (const friendlyName of ["Shop", "Store", "Stall"])
    made = await see(v2.services, "create", { friendlyName });
  assert.ok(made instanceof Object && made.sid.startsWith("VA"));
  const found = await see(v2.services, "list", { pageSize: 2 });
  assert.deepEqual(found.map((each) => each.friendlyName), ["Shop", "Store", "Stall"]);
  const s = v2.services(made.sid);
  const changed = await see(s, "update", { codeLength: 8, "totp.issuer": "Me", customCodeEnabled: true });
  assert.deepEqual([changed.codeLength, changed.totp.issuer], [8, "Me"]);
  assert.equal((await see(s, "fetch")).customCodeEnabled, true);
  return s;
}

async function verifications(s) {
  const made = await see(s.verifications, "create", { to: PHONE, channel: "sms" });
  const fetched = await see(s.verifications(made.sid), "fetch");
  assert.deepEqual([fetched.status, fetched.valid], ["pending", false]);
  const code = await newestCode();
  const checked = await see(s.verificationChecks, "create", { to: PHONE, code });
  assert.deepEqual([checked.status, checked.valid], ["approved", true]);
  const second = await see(s.verifications, "create", { to: PHONE, channel: "call" });
  const canceled = await see(s.verifications(second.sid), "update", { status: "canceled" });
  assert.equal(canceled.status, "canceled");
  const attempts = await see(v2.verificationAttempts, "list", { pageSize: 1 });
  assert.deepEqual(attempts.map((each) => each.conversionStatus), ["unconverted", "converted"]);
  const attempt = await see(v2.verificationAttempts(attempts[1].sid), "fetch");
  assert.equal(attempt.channelData.to, PHONE);
  const summary = await see(v2.verificationAttemptsSummary(), "fetch");
  assert.deepEqual([summary.totalAttempts, summary.conversionRatePercentage], [2, "50"]);
}

async function rateLimits(s) {
  let made;
  for (const uniqueName of ["ip", "user", "device"])
    made = await see(s.rateLimits, "create", { uniqueName });
  assert.equal((await see(s.rateLimits, "list", { pageSize: 2 })).length, 3);
  const limit = s.rateLimits(made.sid);
  assert.equal((await see(limit, "update", { description: "By device" })).description, "By device");
  await see(limit, "fetch");
  for (const interval of [60, 3600]) made = await see(limit.buckets, "create", { max: 3, interval });
  const found = await see(limit.buckets, "list", { pageSize: 1 });
  assert.deepEqual(found.map((each) => each.interval), [60, 3600]);
  const bucket = limit.buckets(made.sid);
  const changed = await see(bucket, "update", { max: 5, interval: 7200 });
  assert.deepEqual([changed.max, changed.interval], [5, 7200]);
  await see(bucket, "fetch");
  assert.equal(await see(bucket, "remove"), true);
  assert.equal(await see(limit, "remove"), true);
}

async function messaging(s) {
  for (const country of ["all", "CA"])
    await see(s.messagingConfigurations, "create", { country, messagingServiceSid: `MG${"0".repeat(32)}` });
  const found = await see(s.messagingConfigurations, "list", { pageSize: 1 });
  assert.deepEqual(found.map((each) => each.country), ["all", "CA"]);
  const canada = s.messagingConfigurations("CA");
  await see(canada, "fetch");
  const messagingServiceSid = `MG${"1".repeat(32)}`;
  assert.equal((await see(canada, "update", { messagingServiceSid })).messagingServiceSid, messagingServiceSid);
  assert.equal(await see(canada, "remove"), true);
  const templates = await see(v2.templates, "list", { pageSize: 1 });
  assert.deepEqual(templates.map((each) => each.friendlyName), ["First", "Second"]);
  const safe = await see(v2.safelist, "create", { phoneNumber: SAFE });
  assert.equal((await see(v2.safelist(SAFE), "fetch")).sid, safe.sid);
  assert.equal(await see(v2.safelist(SAFE), "remove"), true);
}

async function webhooks(s) {
  const eventTypes = ["factor.created", "challenge.approved"];
  let made;
  for (const friendlyName of ["one", "two"])
    made = await see(s.webhooks, "create", { friendlyName, eventTypes, webhookUrl: "https://example.org/hook" });
  assert.deepEqual(made.eventTypes, eventTypes);
  assert.equal((await see(s.webhooks, "list", { pageSize: 1 })).length, 2);
  const webhook = s.webhooks(made.sid);
  const changed = await see(webhook, "update", { status: "disabled", eventTypes: ["*"] });
  assert.deepEqual([changed.status, changed.eventTypes], ["disabled", ["*"]]);
  await see(webhook, "fetch");
  assert.equal(await see(webhook, "remove"), true);
}

async function entities(s) {
  for (const identity of [IDENTITY, "somebody-else"]) await see(s.entities, "create", { identity });
  const found = await see(s.entities, "list", { pageSize: 1 });
  assert.deepEqual(found.map((each) => each.identity), [IDENTITY, "somebody-else"]);
  const entity = s.entities(IDENTITY);
  await see(entity, "fetch");
  const form = { friendlyName: "Ann's phone", factorType: "totp" };
  const made = await see(entity.newFactors, "create", form);
  assert.match(made.binding.uri, /^otpauth:\/\/totp\/Me:Ann%27s%20phone\?secret=/);
  await see(entity.newFactors, "create", form);
  const factor = entity.factors(made.sid);
  assert.equal((await see(factor, "fetch")).status, "unverified");
  const authPayload = totp(made.binding.secret, await now());
  assert.equal((await see(factor, "update", { authPayload })).status, "verified");
  const factors = await see(entity.factors, "list", { pageSize: 1 });
  assert.deepEqual(factors.map((each) => each.status), ["verified", "unverified"]);
  await challenges(entity, made.sid, authPayload);
  assert.equal(await see(factor, "remove"), true);
  assert.equal(await see(entity, "remove"), true);
}

async function challenges(entity, factorSid, authPayload) {
  const first = await see(entity.challenges, "create", {
    factorSid,
    "details.message": "Sign in?",
    "details.fields": [{ label: "From", value: "a new phone" }],
    hiddenDetails: { ip: "192.0.2.1" },
    expirationDate: new Date((await now()).getTime() + 9 * 60_000),
  });
  assert.deepEqual([first.status, first.hiddenDetails], ["pending", { ip: "192.0.2.1" }]);
  const answered = await see(entity.challenges(first.sid), "update", { authPayload });
  assert.equal(answered.status, "approved");
  await see(entity.challenges(first.sid), "fetch");
  const second = await see(entity.challenges, "create", { factorSid, authPayload });
  assert.equal(second.status, "approved");
  const found = await see(entity.challenges, "list", { pageSize: 1, order: "desc" });
  assert.deepEqual(found.map((each) => each.sid), [second.sid, first.sid]);
}

async function pages(s) {
  const names = [0, 1, 2, 3, 4].map((number) => `limit${number}`);
  for (const uniqueName of names) await s.rateLimits.create({ uniqueName });
  const seen = [];
  await new Promise((done, failed) =>
    s.rateLimits.each({ pageSize: 2, callback: (each) => seen.push(each.uniqueName), done: (error) => (error ? failed(error) : done()) }),
  );
  const first = await s.rateLimits.page({ pageSize: 2 });
  const second = await first.nextPage();
  const again = await second.previousPage();
  const namesOf = (page) => page.instances.map((each) => each.uniqueName);
  const limited = await s.rateLimits.list({ pageSize: 2, limit: 3 });
  tell({
    kind: "pages",
    each: seen,
    limited: limited.map((each) => each.uniqueName),
    pages: [first, second, again].map(namesOf),
  });
}

async function refusals() {
  const s = v2.services(`VA${"5".repeat(32)}`);
  const to = "+15553231234";
  const start = (more) => s.verifications.create({ to, channel: "sms", ...more });
  const check = (code) => s.verificationChecks.create({ to, code });
  await refused("check of nothing", check("123456"));
  await refused("start to 555", start({ to: "555" }));
  await refused("start by pigeon", start({ channel: "pigeon" }));
  await refused("start to a blocked prefix", start({ to: "+15005550004" }));
  const made = await start();
  await door("/clock", { advance_s: 600 });
  await refused("check of the expired", check(await newestCode()));
  await refused("fetch of the expired", s.verifications(made.sid).fetch());
  for (let sends = 0; sends < 5; sends++) await start();
  await refused("sixth start", start());
  const code = await newestCode();
  const wrong = code.replaceAll(/./g, (digit) => (digit === "0" ? "1" : "0"));
  for (let checks = 0; checks < 5; checks++) assert.equal((await check(wrong)).valid, false);
  await refused("sixth check, right", check(code));
  await refused("unserved", s.accessTokens.create({ identity: IDENTITY, factorType: "push" }));
  await door("/faults", { operation: "start", error: 20503 });
  await refused("start while down", start({ to: "+15553231235" }));
  const numbers = client.lookups.v2.phoneNumbers;
  await refused("lookup of a shoe", numbers(PHONE).fetch({ fields: "shoe_size" }));
}

const s = await services();
await verifications(s);
await rateLimits(s);
await messaging(s);
await webhooks(s);
await entities(s);
const fields = "line_type_intelligence,line_status,sms_pumping_risk";
await see(client.lookups.v2.phoneNumbers(PHONE), "fetch", { fields });
const type = ["carrier", "caller-name"];
const first = await see(client.lookups.v1.phoneNumbers(PHONE), "fetch", { type });
assert.equal(first.carrier.type, "mobile");
await pages(s);
assert.equal(await see(s, "remove"), true);
await refusals();
