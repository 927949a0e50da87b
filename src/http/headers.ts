/**
 * Header fields as they stood on the wire: a flat list of name, value, name, value, in order, repeated lines kept.
 *
 * Names compare without case (RFC 9110 section 5.1); the order of lines of one name is never changed (section 5.3).
 */
export type HeaderList = readonly string[];

/** The lines of one field, in order. */
export function headerLines(headers: HeaderList, name: string): string[] {
  const lines: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2)
    if (sameName(headers[i] ?? "", name)) lines.push(headers[i + 1] ?? "");
  return lines;
}

/** The field's value, its lines joined by a comma (RFC 9110 section 5.2); undefined when absent. */
export function headerValue(headers: HeaderList, name: string): string | undefined {
  const lines = headerLines(headers, name);
  return lines.length === 0 ? undefined : lines.join(", ");
}

/** Without the fields whose lower-case name `drop` says yes to. */
export function withoutHeaders(headers: HeaderList, drop: (lowerName: string) => boolean): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? "";
    if (!drop(name.toLowerCase())) kept.push(name, headers[i + 1] ?? "");
  }
  return kept;
}

/** With the one line `name: value` in place of every line of that name. */
export function withHeader(headers: HeaderList, name: string, value: string): string[] {
  const lower = name.toLowerCase();
  return [...withoutHeaders(headers, (each) => each === lower), name, value];
}

export function* headerPairs(headers: HeaderList): Generator<[name: string, value: string]> {
  for (let i = 0; i + 1 < headers.length; i += 2) yield [headers[i] ?? "", headers[i + 1] ?? ""];
}

/** The elements of a comma-separated field, trimmed, empty ones left out (RFC 9110 section 5.6.1.2). */
export function listElements(value: string | undefined): string[] {
  if (value === undefined) return [];
  return value
    .split(",")
    .map((element) => element.trim())
    .filter((element) => element !== "");
}

function sameName(a: string, b: string): boolean {
  return a.length === b.length && (a === b || a.toLowerCase() === b.toLowerCase());
}
