/** Each reason for not trying again, as a sentence for people. The words are those of logs, metrics and headers. */
import type { WithheldReason } from "./words.ts";

export const REASON_SENTENCES: Readonly<Record<WithheldReason, string>> = {
  "caller-left": "The caller hung up, so nobody is waiting for the answer.",
  answered: "What came back is final: another attempt would end the same.",
  "not-replayable":
    "The tenant may have acted on the request, and for a request of this class a second time is not harmless.",
  "body-not-held": "The body was not held (too large, or no memory left), so it cannot be sent again.",
  "attempts-spent": "All attempts that are allowed have been made.",
  "no-time": "The wait would end after the deadline, or is longer than the policy obeys.",
  "circuit-open": "The circuit of this family is open: the tenant is given a rest.",
  throttled: "The tenant holds back this whole family for longer than the caller can wait.",
  "budget-spent": "Enough of this family's requests of this second are retries already.",
};
