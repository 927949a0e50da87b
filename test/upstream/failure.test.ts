/** A failure's word and whether anything was sent are said together: the words of deciding know which mean nothing was. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { UNSENT_FAILURES } from "../../src/decide/words.ts";
import { failureFrom } from "../../src/upstream/failure.ts";

const KNOWN = [
  "ENOTFOUND",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPROTO",
  "ETIMEDOUT",
  "CERT_HAS_EXPIRED",
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SOCKET_CONNECTION_TIMEOUT",
];

it("before a connection stands a failure has a word that says so, whatever its code", () => {
  const code = fc.oneof(fc.constantFrom(...KNOWN), fc.stringMatching(/^E[A-Z_]{1,20}$/));
  fc.assert(
    fc.property(code, fc.boolean(), (word, secure) => {
      const error = Object.assign(new Error("x"), { code: word });
      const { failure, sent } = failureFrom(error, "connecting", secure);
      expect(UNSENT_FAILURES).toContain(failure);
      expect(sent).toBe(false);
    }),
  );
});

it.each(KNOWN)("once it stands, something may have been sent, also with %s", (code) => {
  const error = Object.assign(new Error("x"), { code });
  expect(failureFrom(error, "connected", true).sent).toBe(true);
});
