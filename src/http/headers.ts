/**
 * Header fields as they stood on the wire: a flat list of name, value, name, value, in order, repeated lines kept.
 *
 * Names compare without case (RFC 9110 section 5.1); the order of lines of one name is never changed (section 5.3).
 * Every message is looked into many times, so the loops are plain: a name of another length is another name, and only
 * what is as long as the wanted one is put into lower case.
 */
export type HeaderList = readonly string[];

/** The first line of one field; undefined when absent. */
export function firstHeaderLine(headers: HeaderList, name: string): string | undefined {
  const lower = name.toLowerCase();
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const each = headers[i] ?? "";
    if (each.length === name.length && (each === name || each.toLowerCase() === lower)) return headers[i + 1];
  }
  return undefined;
}

/** The lines of one field, in order. */
export function headerLines(headers: HeaderList, name: string): string[] {
  const lower = name.toLowerCase();
  const lines: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const each = headers[i] ?? "";
    if (each.length === name.length && (each === name || each.toLowerCase() === lower))
      lines.push(headers[i + 1] ?? "");
  }
  return lines;
}

/** The field's value, its lines joined by a comma (RFC 9110 section 5.2); undefined when absent. */
export function headerValue(headers: HeaderList, name: string): string | undefined {
  const lower = name.toLowerCase();
  let value: string | undefined;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const each = headers[i] ?? "";
    if (each.length !== name.length || (each !== name && each.toLowerCase() !== lower)) continue;
    const line = headers[i + 1] ?? "";
    value = value === undefined ? line : `${value}, ${line}`;
  }
  return value;
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
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const each = headers[i] ?? "";
    if (each.length !== name.length || (each !== name && each.toLowerCase() !== lower))
      kept.push(each, headers[i + 1] ?? "");
  }
  kept.push(name, value);
  return kept;
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
