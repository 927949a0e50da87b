/** The word that Node has for an error, where it has one: what is thrown may be anything. What follows from it is for others. */

/** `ECONNRESET`, `ENOENT`, `ERR_…`; undefined for what has none. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
