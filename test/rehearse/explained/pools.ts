/** Pools to draw from, for questions made by chance. */
import fc from "fast-check";

export const among = <const T>(...pool: readonly T[]) => fc.constantFrom(...pool);

/** One time in `freq + 1` nothing. */
export const some = <T>(arbitrary: fc.Arbitrary<T>, freq = 2) =>
  fc.option(arbitrary, { freq, nil: undefined });

export const fewOf = <T>(arbitrary: fc.Arbitrary<T>, maxLength: number) => fc.array(arbitrary, { maxLength });

/** Without the members that are not there, as a file has it. */
export const present = (value: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));

export const METHODS = among(
  "GET",
  "GET",
  "HEAD",
  "POST",
  "POST",
  "POST",
  "PUT",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
);

export const form = (body: string) => ({ type: "application/x-www-form-urlencoded", body });
export const json = (value: unknown) => ({ type: "application/json", body: JSON.stringify(value) });
