/**
 * Grants and the tokens that stand on them.
 *
 * A code or refresh token may be spent once; spending it again is taken for theft and ends the whole grant, with every
 * token that came from it (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2). Knows no HTTP.
 */
import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";

export type TokenKind = "code" | "access" | "refresh";
export type Grant = { readonly id: string; readonly clientId: string; readonly scope: string };
export type Token = {
  readonly kind: TokenKind;
  readonly grant: Grant;
  readonly expiresWallMs: number;
};

/** Lifetimes as a tenant's defaults have them. */
export const LIFETIME_MS: Readonly<Record<TokenKind, number>> = {
  code: 120_000,
  access: 3_600_000,
  refresh: 604_800_000,
};

export class Tokens {
  readonly #clock: Clock;
  readonly #tokens = new Map<string, Token>();
  readonly #spent = new Set<string>();
  readonly #ended = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  grant(clientId: string, scope: string): Grant {
    return { id: randomUUID(), clientId, scope };
  }

  /** A new token on the grant; `value` where it is to be known beforehand. */
  issue(kind: TokenKind, grant: Grant, value: string = randomUUID()): string {
    this.#tokens.set(value, { kind, grant, expiresWallMs: this.#clock.wall() + LIFETIME_MS[kind] });
    return value;
  }

  /** The token, if it is still good for something. */
  active(value: string): Token | undefined {
    const token = this.#tokens.get(value);
    if (token === undefined || this.#spent.has(value) || this.#ended.has(token.grant.id)) return undefined;
    return token.expiresWallMs > this.#clock.wall() ? token : undefined;
  }

  /** Ours once, good for nothing now. */
  isDead(value: string): boolean {
    return this.#tokens.has(value) && this.active(value) === undefined;
  }

  /** Uses up a code or refresh token. The second time nothing is spent and the grant it belongs to ends. */
  spend(kind: "code" | "refresh", value: string): { grant: Grant } | { ended: Grant | undefined } {
    const token = this.#tokens.get(value);
    if (token?.kind !== kind) return { ended: undefined };
    if (this.active(value) === undefined) {
      this.#ended.add(token.grant.id);
      return { ended: token.grant };
    }
    this.#spent.add(value);
    return { grant: token.grant };
  }
}
