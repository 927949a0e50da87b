/**
 * What is written about each event but the end of an exchange, and at which level. It knows fields and messages, and
 * neither pino nor where lines go.
 */
import type { Event } from "./events.ts";
import { tenths, type WriteLine, word } from "./fields.ts";
import { shown } from "./secrets.ts";

type EventOf<K extends Event["kind"]> = Extract<Event, { kind: K }>;

const MAX_TEXT_CHARS = 1000;
const MAX_NAMES = 50;

/** Writes the line of an event; those that every healthy exchange has are looked at only if somebody `debugs`. */
export function writeEvent(
  writeLine: WriteLine,
  event: Exclude<Event, EventOf<"exchange">>,
  debugs: boolean,
): void {
  switch (event.kind) {
    case "attempt":
    case "decision":
    case "normalised":
    case "refused":
    case "handshake-failed":
      if (debugs) writeDetail(writeLine, event);
      break;
    case "breaker":
      writeLine(event.to === "open" ? "warn" : "info", `circuit ${event.to}`, { family: word(event.family) });
      break;
    case "reload": {
      const detail = shown(event.message, MAX_TEXT_CHARS);
      if (event.result === "success") writeLine("info", "policy reloaded", { detail });
      else writeLine("error", "policy not reloaded: the last good one stays in force", { detail });
      break;
    }
    case "certificate-reload": {
      const fields = { use: event.use, detail: shown(event.message, MAX_TEXT_CHARS) };
      if (event.result === "success") writeLine("info", "certificate reloaded", fields);
      else writeLine("error", "certificate not reloaded: the last good one stays in force", fields);
      break;
    }
    case "settled":
      writeLine(event.result === "unresolved" ? "warn" : "info", "lost answer", {
        id: word(event.id),
        route: word(event.route),
        operation: word(event.operation),
        result: event.result,
        settled: event.settled,
        meaning: event.meaning,
        compared: shown(event.compared.slice(0, MAX_NAMES).join(" "), MAX_TEXT_CHARS),
        reads: event.reads,
      });
      break;
    case "client-id-refused":
      writeLine("warn", "the collection takes no ids of ours: its creates cannot be sent again", {
        route: word(event.route),
      });
      break;
    default:
      event satisfies never;
  }
}

/** What happens on the way to the end of an exchange, or to none. */
function writeDetail(
  writeLine: WriteLine,
  event: EventOf<"attempt" | "decision" | "normalised" | "refused" | "handshake-failed">,
): void {
  switch (event.kind) {
    case "attempt": {
      const { route, family, class: statusClass, meaning, durationMs } = event;
      const fields = { route: word(route), family: word(family), class: statusClass, meaning };
      writeLine("debug", "attempt", { ...fields, durationMs: tenths(durationMs) });
      break;
    }
    case "decision":
      writeLine("debug", event.decision, { route: word(event.route), reason: word(event.reason) });
      break;
    case "normalised":
      writeLine("debug", "error body rewritten", { route: word(event.route), from: event.from });
      break;
    case "refused":
      writeLine("debug", "refused", { family: word(event.family), reason: event.reason });
      break;
    case "handshake-failed":
      writeLine("debug", "handshake failed", { reason: event.reason, failure: word(event.failure) });
      break;
    default:
      event satisfies never;
  }
}
