/**
 * A memory for what is found about texts that come again with every message. What is found must depend on nothing but
 * the text. Bounded, since anybody may write one: when it is full it begins anew.
 */
const MOST_TEXTS = 500;
const LONGEST_TEXT = 100;

/** Puts what was found into `known`, and hands it back. */
export function remember<Found>(known: Map<string, Found>, text: string, found: Found): Found {
  if (text.length > LONGEST_TEXT) return found;
  if (known.size >= MOST_TEXTS) known.clear();
  known.set(text, found);
  return found;
}
