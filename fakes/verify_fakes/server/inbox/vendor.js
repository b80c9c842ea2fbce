// Either vendor's JSON in one shape. Everything else on the pages knows no vendor.

const CHANNELS = { voice: "call", whatsapp_interactive: "whatsapp" };

const STATUSES = {
  running: "pending",
  completed: "approved",
  terminated: "max_attempts_reached",
  forgotten: "absent",
};

/** What the side door calls the ends that a person can choose. */
export const ENDS = {
  twilio: { approve: "approved", cancel: "canceled", expire: "expired" },
  vonage: { approve: "completed", cancel: "canceled", expire: "expired" },
};

export const accountOf = (each) => each.account_sid ?? each.account;

/** "2 of 5", or "2" where no limit holds. */
const outOf = (used, most) => (most >= 1000 ? `${used}, no limit` : `${used} of ${most}`);

// A message of another sender than the fake belongs to no verification here.
const groupOf = (each, verification) => {
  const name = verification || (each.attempt_id && `attempt ${each.attempt_id}`);
  return `${accountOf(each)} ${name || `message ${each.cursor}`}`;
};

export const readMessage = (each) => {
  const verification = each.verification_sid ?? each.request_id;
  return {
    cursor: each.cursor,
    account: accountOf(each),
    verification,
    group: groupOf(each, verification),
    service: each.service_sid ?? "",
    serviceName: each.service_name ?? "",
    to: each.to,
    maskedTo: each.masked_to,
    channel: CHANNELS[each.channel] ?? each.channel,
    isQuestion: each.channel === "whatsapp_interactive",
    code: each.code,
    body: each.body,
    subject: each.subject,
    html: each.html,
    at: each.at,
    expiresAt: each.expires_at,
    status: verification ? (STATUSES[each.status] ?? each.status) : "own",
    isRunning: each.runs ?? true,
    // At Twilio also one that is out of attempts still waits for its time to be over.
    canExpire: ["pending", "max_attempts_reached", "running"].includes(each.status),
    sends: outOf(each.sends ?? each.step + 1, each.max_sends ?? each.steps),
    checks:
      "checks" in each
        ? outOf(each.checks, each.max_checks)
        : `${each.wrong_codes} wrong of ${each.max_wrong_codes}`,
    isExhausted: (each.checks ?? each.wrong_codes) >= (each.max_checks ?? each.max_wrong_codes),
  };
};

export const readRequest = (each) => ({
  cursor: each.cursor,
  account: accountOf(each),
  at: each.at,
  method: each.method,
  path: each.path,
  operation: each.operation,
  maskedTo: each.masked_to,
  form: each.form ?? parameters(each.body),
  authorization: each.headers?.authorization ?? "",
  status: each.status,
  code: each.code ?? null,
  why: STATUSES[each.why] ?? each.why ?? null,
  messages: each.messages,
  response: each.response,
});

/** The members of a JSON body as a form has them: `workflow[0].to`. */
const parameters = (body, before = "") => {
  const found = {};
  for (const [name, value] of Object.entries(body ?? {})) {
    const path = before + (/^\d+$/.test(name) ? `[${name}]` : before ? `.${name}` : name);
    if (value !== null && typeof value === "object") Object.assign(found, parameters(value, path));
    else found[path] = String(value);
  }
  return found;
};

const ENCODED = "In a form + is written %2B; curl does so with --data-urlencode 'To=+…'.";

/** Why Twilio did not take a number that came without its plus; "" for any other request. */
export const whyNoPlus = ({ code, form: { To = "" } }) => {
  if (code !== 60200 || !/^[1-9]\d{6,14}$/.test(To.replace(/[-\s().]/g, ""))) return "";
  if (/^\s/.test(To)) return `The + of To was not encoded and came as a space. ${ENCODED}`;
  return `To has no + before its country code. ${ENCODED}`;
};

/** Why a start sent no message, from its answer. */
export const whyUnsent = (request) => {
  if (request.status === null) return "The connection broke, as a fault asked for. No answer went out.";
  if (request.status < 400) {
    return "Accepted, and nothing arrives: the number is unreachable, blocked, invalid or a landline here.";
  }
  let answer = {};
  try {
    answer = JSON.parse(request.response);
  } catch {
    // Shortened by the server, or not JSON.
  }
  const said = answer.message ?? [answer.title, answer.detail].filter(Boolean).join(": ");
  const wrong = (answer.invalid_parameters ?? []).map(({ name, reason }) => ` ${name}: ${reason}.`);
  const error = request.code ? `, error ${request.code}` : "";
  const hint = whyNoPlus(request);
  return `Refused with ${request.status}${error}. ${said}${wrong.join("")}${hint && `. ${hint}`}`;
};
