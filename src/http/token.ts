/**
 * What may stand in a field's name and in its value. Whether a field should be passed on is not asked here.
 */

/** A token: a legal field name, method or parameter word (RFC 9110 section 5.6.2). */
export const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * What can stand in a field line: visible characters, spaces, tabs and obs-text (RFC 9110 section 5.5).
 * CR, LF and NUL are what turns one message into two.
 */
export const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}
