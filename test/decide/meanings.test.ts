/** What each status, each failure and each meaning comes to in the built-in tables. */
import { describe, expect, it } from "vitest";
import { type FailureWord, MEANINGS, type Meaning } from "../../src/decide/words.ts";
import {
  ABANDONED,
  BAD_GATEWAY,
  BLOCKED,
  CONFLICT,
  CUT_OFF,
  DEFECT,
  FORBIDDEN,
  failed,
  GARBLED,
  MAINTENANCE,
  NOT_SUPPORTED,
  OK,
  OVERSIZED,
  PROFILE_NAMES,
  PROFILES,
  REJECTED,
  REQUEST_TIMEOUT,
  SILENT,
  says,
  THROTTLED,
  TIMED_OUT,
  TOO_EARLY,
  tenant,
  UNAUTHENTICATED,
  UNAVAILABLE,
  UNREACHABLE,
  UNTRUSTED,
  USER,
  VERSION_MISMATCH,
  VERSION_REQUIRED,
  verdictOn,
} from "./built-in.ts";

describe.each(PROFILE_NAMES)("the meanings of the profile %s", (name) => {
  const rows = [
    ...[OK, REJECTED, UNAUTHENTICATED, FORBIDDEN, BLOCKED, CONFLICT, VERSION_MISMATCH, VERSION_REQUIRED],
    ...[NOT_SUPPORTED, THROTTLED, REQUEST_TIMEOUT, TOO_EARLY, DEFECT, BAD_GATEWAY, UNAVAILABLE, MAINTENANCE],
    ...[TIMED_OUT, UNREACHABLE, UNTRUSTED, CUT_OFF, SILENT, GARBLED, OVERSIZED, ABANDONED],
  ];
  const { meanings } = PROFILES[name];

  it("are these and no others", () => {
    const inOrder = MEANINGS.map((meaning) => {
      const { processed, retry, health } = meanings[meaning];
      return `${meaning}, ${processed}, ${retry}, ${health}`;
    });
    expect(inOrder).toEqual(rows);
  });

  it("ask for more in three cases", () => {
    const plain = {
      attempts: undefined,
      minDelayMs: undefined,
      oncePerPath: undefined,
      closesGate: undefined,
    };
    const more: Partial<Record<Meaning, Partial<typeof meanings.ok>>> = {
      // One more read, and one bad payload opens no circuit.
      defect: { attempts: 2, oncePerPath: true },
      throttled: { closesGate: true },
      "timed-out": { minDelayMs: 1000 },
    };
    for (const meaning of MEANINGS)
      expect({ ...plain, ...meanings[meaning] }).toMatchObject({ ...plain, ...more[meaning] });
  });
});

describe("the status codes that the API documents", () => {
  it.each<[number, string, string]>([
    [200, "GET", OK],
    [201, "POST", OK],
    [204, "POST", OK],
    [304, "GET", OK],
    [400, "POST", REJECTED],
    [401, "GET", UNAUTHENTICATED],
    [403, "GET", FORBIDDEN],
    [404, "GET", REJECTED],
    [405, "DELETE", REJECTED],
    [406, "GET", REJECTED],
    [409, "POST", CONFLICT],
    [410, "GET", REJECTED],
    [412, "PUT", VERSION_MISMATCH],
    [415, "POST", REJECTED],
    [428, "PUT", VERSION_REQUIRED],
    [500, "POST", DEFECT],
    [501, "PATCH", NOT_SUPPORTED],
    [503, "GET", UNAVAILABLE],
  ])("%i to a %s: %s", (status, method, verdict) => {
    for (const name of ["aic", "crest"] as const)
      expect(verdictOn(says(status, "…"), `${method} ${USER}`, name)).toBe(`tenant: ${verdict}`);
  });
});

describe("the status codes that it leaves out", () => {
  it.each<[number, string]>([
    [202, OK],
    [206, OK],
    [301, OK],
    [302, OK],
    [307, OK],
    [402, REJECTED],
    [407, REJECTED],
    [408, REQUEST_TIMEOUT],
    [411, REJECTED],
    [413, REJECTED],
    [414, REJECTED],
    [416, REJECTED],
    [417, REJECTED],
    [421, REJECTED],
    [422, REJECTED],
    [423, REJECTED],
    [425, TOO_EARLY],
    [426, REJECTED],
    [429, THROTTLED],
    [431, REJECTED],
    [451, REJECTED],
    [499, REJECTED],
    [502, BAD_GATEWAY],
    [504, TIMED_OUT],
    [505, DEFECT],
    [507, DEFECT],
    [511, DEFECT],
    [599, DEFECT],
  ])("%i: %s", (status, verdict) => {
    for (const name of PROFILE_NAMES)
      expect(verdictOn(says(status, "…"), `GET ${USER}`, name)).toBe(`tenant: ${verdict}`);
  });

  it("and those that plain HTTP knows without CREST", () => {
    const verdicts = [200, 304, 401, 403, 404, 409, 412, 428, 500, 501, 503].map((status) =>
      verdictOn(tenant(status), "GET /", "none").replace(/^tenant: ([^,]*),.*/, `${status} $1`),
    );
    expect(verdicts).toEqual([
      ...["200 ok", "304 ok", "401 rejected", "403 rejected", "404 rejected", "409 rejected", "412 rejected"],
      ...["428 rejected", "500 defect", "501 not-supported", "503 unavailable"],
    ]);
  });
});

describe("attempts that brought no answer", () => {
  it.each<[FailureWord, string]>([
    ["name-not-found", UNREACHABLE],
    ["refused", UNREACHABLE],
    ["connect-failed", UNREACHABLE],
    ["connect-timeout", UNREACHABLE],
    ["tls-failed", UNREACHABLE],
    ["certificate", UNTRUSTED],
    ["proxy-failed", UNREACHABLE],
    ["reset", CUT_OFF],
    ["timeout", SILENT],
    ["not-http", GARBLED],
    ["head-too-large", OVERSIZED],
    ["body-cut", GARBLED],
    ["caller-left", ABANDONED],
  ])("%s: %s", (failure, verdict) => {
    for (const name of PROFILE_NAMES)
      expect(verdictOn(failed(failure), `PUT ${USER}`, name)).toBe(`gateway: ${verdict}`);
  });

  it.each<[FailureWord, string]>([
    ["reset", "cut-off, no, any, bad"],
    ["timeout", "silent, no, any, bad"],
    // Nobody is there to hear another answer; somebody else may be answering in the tenant's place.
    ["caller-left", "abandoned, no, never, neutral"],
    ["certificate", "untrusted, no, never, bad"],
  ])("%s before anything was sent: %s", (failure, verdict) => {
    expect(verdictOn(failed(failure, false), `POST ${USER}`)).toBe(`gateway: ${verdict}`);
  });
});
