/**
 * The entity tags of If-Match and If-None-Match (RFC 9110 section 13.1). What they guard against is not known here.
 */
import { type HeaderList, headerValue } from "./headers.ts";

export type EntityTag = {
  readonly weak: boolean;
  /** Without its quotes. */
  readonly tag: string;
};

export type EntityTags =
  | { readonly kind: "absent" }
  | { readonly kind: "any" }
  | { readonly kind: "tags"; readonly tags: readonly EntityTag[] }
  | { readonly kind: "malformed" };

const ABSENT: EntityTags = { kind: "absent" };

/**
 * Reads the field: absent, `*`, a list of entity tags, or malformed. Two leniencies of CREST's servers are kept: a
 * bare token is a strong tag, and a quoted `"*"` in If-Match means any revision (they strip the quotes before they
 * compare, so that it guards nothing).
 */
export function entityTags(headers: HeaderList, name: "if-match" | "if-none-match"): EntityTags {
  const value = headerValue(headers, name);
  if (value === undefined) return ABSENT;
  if (value.trim() === "*") return { kind: "any" };
  const tags = readTags(value);
  if (tags === undefined || tags.length === 0) return { kind: "malformed" };
  if (name === "if-match" && tags.some(({ tag }) => tag === "*")) return { kind: "any" };
  return { kind: "tags", tags };
}

/** One element of the list with the separators around it; a tag in quotes may hold a comma. */
const ELEMENT = /[\s,]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"|([\w!#$%&'+.^`|~-]+))[ \t]*(?:,[\s,]*|$)/y;

function readTags(value: string): EntityTag[] | undefined {
  const tags: EntityTag[] = [];
  ELEMENT.lastIndex = 0;
  while (ELEMENT.lastIndex < value.length) {
    const match = ELEMENT.exec(value);
    if (!match) return undefined;
    tags.push({ weak: match[1] !== undefined, tag: match[2] ?? match[3] ?? "" });
  }
  return tags;
}
