/**
 * What every request counts: plain numbers, and a way to find the right one by a few looks. It knows neither events nor
 * prom-client.
 *
 * prom-client puts a text together from the values of all labels whenever it counts, for a child as well, and looks the
 * names of the labels up besides: 0.4 us, and two such counts to a request. Here it is asked once for each scrape.
 */
export type Tally<L extends string> = { readonly labels: Readonly<Record<L, string>>; count: number };

/**
 * Gives what `make` makes of three words, made when they are first met. Nothing is forgotten, as counters do not: the
 * words have to come from the policy and from closed lists. Words are compared as map keys are.
 */
export function madeOnce<A, B, C, T extends object>(make: (a: A, b: B, c: C) => T): (a: A, b: B, c: C) => T {
  const all = new Map<A, Map<B, Map<C, T>>>();
  return (a, b, c) => {
    const known = all.get(a)?.get(b)?.get(c);
    if (known) return known;
    const made = make(a, b, c);
    branch(branch(all, a), b).set(c, made);
    return made;
  };
}

function branch<K, L, T>(map: Map<K, Map<L, T>>, key: K): Map<L, T> {
  const known = map.get(key);
  if (known) return known;
  const made = new Map<L, T>();
  map.set(key, made);
  return made;
}
