/**
 * A tenant that is a model: so many requests a second, one after the other, and spells in which it is ill. It takes the
 * place of the connections to a tenant, below the engine that drives them, so that everything above is the gateway's own.
 */
import type { Connection, Pool } from "../../src/upstream/connections.ts";
import type { Tenant } from "../../src/upstream/tenant.ts";
import type { EventClock } from "./event-clock.ts";

export type Illness = {
  readonly fromMs: number;
  readonly untilMs: number;
  /** `answers-503` at once, `refuses` connections, or takes requests and says nothing, ever. */
  readonly kind: "answers-503" | "refuses" | "says-nothing";
};

export type ModelledTenant = Tenant & {
  /** When each request came to it. */
  readonly saw: number[];
  /** The most that were under way at once. */
  readonly mostAtOnce: () => number;
};

/** From the gateway to the tenant and back. */
const WAY_MS = 20;
/** A real one puts so many in line and no more. */
const LINE = 1000;

type Handler = Parameters<Connection["dispatch"]>[1];

export function modelledTenant(
  clock: EventClock,
  perSecond: number,
  illnesses: readonly Illness[],
): ModelledTenant {
  const saw: number[] = [];
  let freeAt = 0;
  let underway = 0;
  let most = 0;

  const dispatch = (_request: unknown, handler: Handler): void => {
    let over = false;
    const end = (): void => {
      if (!over) underway--;
      over = true;
    };
    const controller = {
      abort: end,
      pause: () => {},
      resume: () => {},
      rawHeaders: ["content-type", "application/json", "content-length", "2"].map((each) =>
        Buffer.from(each),
      ),
    } as unknown as Parameters<NonNullable<Handler["onRequestStart"]>>[0];
    const soon = (delayMs: number, then: () => void): void =>
      clock.at(clock.now() + delayMs, () => {
        if (!over) then();
      });
    const answer = (status: number): void => {
      end();
      handler.onResponseStart?.(controller, status, {}, "");
      handler.onResponseData?.(controller, Buffer.from("{}"));
      handler.onResponseEnd?.(controller, {});
    };

    const ill = illnesses.find(({ fromMs, untilMs }) => clock.now() >= fromMs && clock.now() < untilMs);
    saw.push(clock.now());
    most = Math.max(most, ++underway);
    if (ill?.kind === "refuses") {
      const refused = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
      soon(1, () => {
        end();
        handler.onResponseError?.(controller, refused);
      });
      return;
    }
    handler.onRequestStart?.(controller, {});
    if (ill?.kind === "says-nothing") return;
    if (!ill) freeAt = Math.max(freeAt, clock.now()) + 1000 / perSecond;
    const waitsMs = ill ? 0 : freeAt - clock.now();
    soon(waitsMs + WAY_MS, () => answer(ill || waitsMs > (LINE * 1000) / perSecond ? 503 : 200));
  };

  const connection = {
    dispatch,
    close: () => {},
    giveBack: () => {},
    doubt: () => {},
  } as unknown as Connection;
  const pool = { take: () => connection } as unknown as Pool;
  return {
    protocol: "http:",
    hostname: "tenant",
    port: 80,
    serverName: undefined,
    origin: "http://tenant",
    authority: "tenant",
    poolFor: () => pool,
    socketsFor: () => {
      throw new Error("nothing streams here");
    },
    renew: () => {},
    close: () => {},
    saw,
    mostAtOnce: () => most,
  };
}
