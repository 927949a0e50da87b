/**
 * One who watches for many: tells each event to all, in their order. Who only watches must not be able to harm an
 * exchange, nor another who watches. It does not know what they do.
 */
import type { Event, Observe } from "./events.ts";

/** Tells whoever stands in `observers` by then; `onFailure` hears of an exception of one of them. */
export function tellAll(
  observers: readonly Observe[],
  onFailure: (event: Event, error: unknown) => void,
): Observe {
  return (event) => {
    for (const tell of observers) {
      try {
        tell(event);
      } catch (error) {
        onFailure(event, error);
      }
    }
  };
}
