/**
 * What is done to a gateway, by the row of the fault matrix. What it should come to stands in `matrix.golden.md`.
 */
import { edgePage } from "../../src/demo/reply.ts";
import { type Step, saying } from "../../src/demo/steps.ts";
import type { FaultName } from "../support/faults.ts";

export type Scenario = {
  readonly row: number;
  readonly name: string;
  /** Only the first time, or each time. */
  readonly times: "once" | "always";
  /** On the wire. */
  readonly fault?: FaultName;
  /** In the tenant. */
  readonly step?: Step;
  /** There is no tenant to be reached at all. */
  readonly nobody?: "refuses" | "black hole";
  /** What becomes of the tenant's name. */
  readonly resolves?: "to nothing" | "not at the moment" | "first to where nobody is";
  /** What the tenant shows of itself; all is well unless given. */
  readonly certificate?: "expired" | "other name" | "unknown authority" | "good";
  /** Under TLS it would be another fault: the handshake breaks. */
  readonly plainOnly?: true;
  /** The caller leaves as soon as the tenant has the request, which is served a tenth of a second later. */
  readonly leaves?: "by reset" | "by closing";
};

const wire = (row: number, fault: FaultName, ...times: Scenario["times"][]): Scenario[] =>
  times.map((each) => ({ row, name: fault, fault, times: each }));
const handshake = (row: number, fault: FaultName): Scenario => ({
  row,
  name: fault,
  fault,
  times: "always",
  certificate: "good",
});
const shows = (certificate: NonNullable<Scenario["certificate"]>, name: string): Scenario => ({
  row: 4,
  name,
  certificate,
  times: "always",
});
const nobody = (row: number, who: NonNullable<Scenario["nobody"]>, name: string): Scenario => ({
  row,
  name,
  nobody: who,
  times: "always",
});

const tells = (status: number, retryAfter?: string, message = "not now"): Step => ({
  kind: "say",
  applied: false,
  reply: saying(status, retryAfter === undefined ? {} : { "retry-after": retryAfter }, {
    code: status,
    message,
  }),
});
const edge = (status: number, applied: boolean): Step => ({ kind: "say", applied, reply: edgePage(status) });
const tenant = (row: number, name: string, step: Step, ...times: Scenario["times"][]): Scenario[] =>
  times.map((each) => ({ row, name, step, times: each }));

export const SCENARIOS: readonly Scenario[] = [
  { row: 0, name: "nothing", times: "always" },

  nobody(1, "refuses", "connection refused"),
  nobody(2, "black hole", "nobody answers the knock"),
  handshake(3, "handshake hangs"),
  handshake(3, "handshake refused"),
  handshake(3, "plain HTTP where TLS is spoken"),
  shows("expired", "certificate has expired"),
  shows("other name", "certificate of another name"),
  shows("unknown authority", "certificate of an authority nobody knows"),

  ...wire(5, "accepted, then reset", "once", "always"),
  ...wire(5, "accepted, then closed", "once", "always").map(
    (each) => ({ ...each, plainOnly: true }) as const,
  ),
  ...wire(5, "reset before the tenant saw it", "once", "always"),
  ...wire(5, "closed before the tenant saw it", "once", "always"),
  ...wire(5, "reset before the head", "once", "always"),
  ...wire(5, "closed before the head", "once", "always"),
  ...wire(5, "half a head, then reset", "once", "always"),
  ...wire(5, "half a head, then closed", "once", "always"),
  ...wire(6, "reset in mid-body", "once", "always"),
  ...wire(6, "large body, reset in the middle", "always"),
  ...wire(7, "body shorter than its length", "once", "always"),
  ...wire(7, "large body shorter than its length", "always"),
  ...wire(7, "last chunk is missing", "always"),
  ...wire(8, "no length, closed in the middle", "always"),
  ...wire(8, "no length, reset in the middle", "once", "always"),
  ...wire(9, "head comes byte by byte", "once", "always"),
  ...wire(9, "body comes byte by byte", "always"),
  ...wire(9, "body stops in the middle", "once", "always"),
  ...wire(9, "large body stops in the middle", "always"),
  ...wire(11, "swallowed without a word", "once", "always"),
  ...wire(11, "done, then silence", "once", "always"),

  ...tenant(12, "503 of the tenant", tells(503), "once", "always"),
  ...tenant(12, "503 page of the edge, before", edge(503, false), "once", "always"),
  ...tenant(12, "503 page of the edge, after", edge(503, true), "once", "always"),
  ...tenant(12, "502 page of the edge, after", edge(502, true), "once", "always"),
  ...tenant(12, "504 page of the edge, after", edge(504, true), "once", "always"),
  ...tenant(12, "500 of the tenant", tells(500), "once", "always"),
  ...tenant(
    12,
    "503 for maintenance",
    tells(503, undefined, "Unable to update on managed/alpha_user in maintenance mode."),
    "once",
    "always",
  ),
  ...tenant(13, "429 for a second", tells(429, "1"), "once", "always"),
  ...tenant(13, "429 until a date far away", tells(429, "Thu, 01 Jan 2099 00:00:00 GMT"), "always"),
  ...tenant(13, "429 until a date that is past", tells(429, "Thu, 01 Jan 2015 00:00:00 GMT"), "once"),
  ...tenant(13, "429 for thirty years", tells(429, "1000000000"), "always"),
  ...tenant(13, "429 with a negative time", tells(429, "-5"), "once"),
  ...tenant(13, "429 with a word for a time", tells(429, "soon"), "once"),
  ...tenant(13, "429 without a time", tells(429), "once"),

  { row: 14, name: "the name does not resolve", resolves: "to nothing", times: "always" },
  { row: 14, name: "the name server does not answer", resolves: "not at the moment", times: "always" },
  { row: 14, name: "the name moves to another address", resolves: "first to where nobody is", times: "once" },
  ...wire(15, "kept connection is reset as we send", "once"),
  ...wire(15, "kept connection is closed as we send", "once"),
  ...wire(16, "kept connection has gone silent", "once"),
  ...wire(17, "head of 20 KiB", "always"),
  ...wire(17, "head of a megabyte", "always"),
  ...wire(17, "head of ten thousand lines", "always"),
  ...wire(17, "head without an end", "always"),
  ...wire(18, "error body without an end", "always"),
  ...wire(19, "error body that unpacks to 64 MiB", "always"),
  ...wire(19, "error body that is not packed as it says", "always"),
  ...wire(20, "answers with garbage", "once", "always"),
  ...wire(20, "chunks that are none", "once", "always"),
  ...wire(21, "bytes behind the answer", "once"),
  { row: 28, name: "caller leaves by a reset", leaves: "by reset", times: "once" },
  { row: 28, name: "caller closes", leaves: "by closing", times: "once" },
];
