// The well-known reader of phone numbers for JavaScript as a form: a line in, one out.
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/");
const { parsePhoneNumberFromString } = require("libphonenumber-js/max");

let held = "";
process.stdin.setEncoding("utf8").on("data", (data) => {
  const lines = (held + data).split("\n");
  held = lines.pop();
  for (const line of lines) {
    const found = parsePhoneNumberFromString(line);
    console.log(found && found.isValid() && !found.ext ? found.number : "");
  }
});
