/** Written by `npm run generate`. */
import type { Meaning } from "../../decide/words.ts";

export const MEANING_SENTENCES: Readonly<Record<Meaning, string>> = {
  "ok": "The answer that was asked for.",
  "rejected": "The request is at fault; the same request would hear the same.",
  "unauthenticated": "Turned away before anything was done; only the caller can bring other credentials.",
  "forbidden": "Turned away before anything was done; asking again does not give permission.",
  "blocked": "Something in front of the server refused it, so it says nothing about the server.",
  "conflict": "The state of the resource stands against it, and will until somebody changes it.",
  "version-mismatch": "Somebody else was first; the caller has to read again and decide.",
  "version-required": "The resource wants a revision named; only the caller knows which one it means.",
  "not-supported": "The server cannot do this, today or in a second.",
  "throttled": "Refused before it was looked at (RFC 6585 section 4); the whole family waits, or it would be refused as well.",
  "request-timeout": "The server did not get the whole request in time (RFC 9110 section 15.5.9), or says so of something further in.",
  "too-early": "Refused because it could have been replayed by others (RFC 8470 section 5.2); nothing was done.",
  "defect": "Most are deterministic: one payload must neither be hammered nor open the circuit for everybody. Reads get one more try.",
  "bad-gateway": "Somebody in between got no good answer, which says nothing about what happened behind it.",
  "unavailable": "Also sent after the request was passed on and the connection behind it broke.",
  "maintenance": "Says itself that it refused before it began.",
  "timed-out": "Whoever gave up waiting left the server at work: asking again at once would double that work.",
  "unreachable": "There was no connection, so there was no request.",
  "untrusted": "Somebody else may be answering in the server's place; trying again makes it no truer.",
  "cut-off": "The request may have been done and the answer lost.",
  "silent": "Nothing came within an attempt's time; the server may still be at work.",
  "garbled": "It was answered, so it was probably done: only what a precondition keeps from being done twice is sent again.",
  "oversized": "A limit of the gateway's own, which the next answer would exceed as well: it says nothing about the server's health.",
  "abandoned": "Nobody is there to hear another answer.",
};
