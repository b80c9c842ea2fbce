// What the page says in plain words. The wire says only "404"; people want to know why.

export const CHANNELS = {
  sms: "SMS",
  call: "Phone call",
  email: "E-mail",
  whatsapp: "WhatsApp",
};

export const STATUSES = {
  pending: "Pending",
  approved: "Approved",
  canceled: "Canceled",
  max_attempts_reached: "Out of attempts",
  expired: "Expired",
  absent: "Gone",
  failed: "Failed",
  rejected: "Rejected",
  blocked: "Blocked",
  own: "Delivered",
};

// Of a verification, as it stands on its message.
export const STANDINGS = {
  pending: "Waiting for this code.",
  approved: "The right code was given. It cannot be checked again: that answers 404.",
  canceled: "It was canceled. A check answers 404.",
  max_attempts_reached:
    "Wrong codes used up its attempts; not even the right one counts any more.",
  expired: "Its time ran out. A check answers 404.",
  absent: "The server no longer knows it. A check answers 404.",
  failed: "No step of its workflow could reach the person.",
  rejected: "The person said no.",
  blocked: "The vendor would not send to this number.",
  own: "Delivered for a sender of your own, which alone knows what became of its code.",
};

// Of a 404: what had become of the verification that was asked for.
export const REASONS = {
  approved:
    "Already approved. A verification disappears as soon as the right code was given, so a second check finds nothing.",
  canceled: "Canceled. The application canceled this verification before the check.",
  max_attempts_reached:
    "Out of attempts. Wrong codes used them up, so not even the right one counts any more.",
  expired:
    "Expired. Its time had run out on this account’s clock, counted from the first message.",
  absent:
    "Never existed. No verification was started for this address or id in this account and service.",
  failed: "Failed. No step of its workflow could reach the person.",
  rejected: "Rejected. The person said no.",
  blocked: "Blocked. The vendor would not send to this number.",
};

const OTHER_404 = "Nothing was ever at this address: look for a typing error in its path or id.";

const EXHAUSTED_THEN_EXPIRED =
  "Expired, and out of attempts before. Wrong codes had used them up; then its time ran out.";

/** Why a request was answered with 404, or "" where it was not; `about` is its message, if known. */
export const whyNotFound = (request, about = null) => {
  if (request.status !== 404) return "";
  if (request.why === "expired" && about?.isExhausted) return EXHAUSTED_THEN_EXPIRED;
  if (about && !request.why) return STANDINGS[about.status] ?? OTHER_404;
  return REASONS[request.why] ?? OTHER_404;
};

/** Why an action does not fit a card: its newest message, or null for a start that sent nothing. */
export const whyUnfit = (message) => {
  if (!message) return "this start sent no message.";
  const { status, isQuestion } = message;
  if (status === "own") return "it is of a sender of your own, which alone can end it.";
  if (status !== "pending") return `this verification is over (${STATUSES[status] ?? status}).`;
  return isQuestion ? "it asks a question; the keys y and n answer it." : "it asks no question.";
};

/** "9:42", of milliseconds. */
export const clockFace = (ms) => {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const rest = String(seconds % 60).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
};

/** "3 messages", or "newest 200 messages" where a page shows no more. */
export const counted = (number, thing, most = Infinity) =>
  `${number < most ? "" : "newest "}${number} ${thing}${number === 1 ? "" : "s"}`;
