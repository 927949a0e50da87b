/**
 * What the words of a command line come to, each a value or what is wrong with it, and how several come to one: all of
 * them, or every problem at once. It knows no flag.
 */
export type Reading<T> = { readonly value: T } | { readonly problems: readonly string[] };

export function right<T>(value: T): Reading<T> {
  return { value };
}

export function wrong(...problems: readonly string[]): Reading<never> {
  return { problems };
}

type Values<Parts> = {
  readonly [Name in keyof Parts]: Parts[Name] extends Reading<infer T> ? T : never;
};

/** Every part under its name, or the problems of all parts in their order. */
export function together<Parts extends Readonly<Record<string, Reading<unknown>>>>(
  parts: Parts,
): Reading<Values<Parts>> {
  const names = Object.keys(parts);
  const values = listed(Object.values(parts));
  if ("problems" in values) return values;
  return right(Object.fromEntries(names.map((name, i) => [name, values.value[i]])) as Values<Parts>);
}

/** The same of a list. */
export function listed<T>(readings: readonly Reading<T>[]): Reading<readonly T[]> {
  const problems = readings.flatMap((each) => ("problems" in each ? each.problems : []));
  if (problems.length > 0) return wrong(...problems);
  return right(readings.flatMap((each) => ("value" in each ? [each.value] : [])));
}

/** What follows from a value, where there is one. */
export function andThen<T, Next>(reading: Reading<T>, next: (value: T) => Reading<Next>): Reading<Next> {
  return "problems" in reading ? reading : next(reading.value);
}
