/** `/status/events` over real sockets: who watches is told each second, all the same text, and ends in order. */
import { get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type Admin, type AdminParts, createAdmin } from "../../src/admin/server.ts";
import { manualClock, turnsUntil } from "../support/manual-clock.ts";
import { calmParts, family } from "./parts.ts";

const MOST = 16;

const open: Admin[] = [];
afterEach(() => {
  for (const admin of open.splice(0)) admin.close();
});

async function listen(change: Partial<AdminParts> = {}) {
  const clock = manualClock();
  let made = 0;
  const parts = calmParts({
    clock,
    families: () => {
      made += 1;
      return [family("am", { queued: made })];
    },
    ...change,
  });
  const admin = createAdmin(parts);
  open.push(admin);
  await new Promise<void>((resolve) => admin.http.listen(0, "127.0.0.1", resolve));
  const { port } = admin.http.address() as AddressInfo;
  return { admin, clock, port, url: `http://127.0.0.1:${port}/status/events`, made: () => made };
}

type Watcher = { readonly answer: IncomingMessage; text(): string; ended(): boolean; leave(): void };

async function watch(url: string, headers: Record<string, string> = {}): Promise<Watcher> {
  const request = get(url, { agent: false, headers });
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once("response", resolve).once("error", reject);
  });
  let text = "";
  let ended = false;
  answer
    .setEncoding("utf8")
    .on("data", (piece: string) => {
      text += piece;
    })
    .on("end", () => {
      ended = true;
    })
    .on("error", () => {});
  request.on("error", () => {});
  return { answer, text: () => text, ended: () => ended, leave: () => request.destroy() };
}

const eventsOf = (text: string) =>
  [...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => JSON.parse(data));

describe("who watches", () => {
  it("is told at once, and then each second", async () => {
    const { url, clock } = await listen();
    const watcher = await watch(url);
    expect(watcher.answer.headers).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    await turnsUntil(() => eventsOf(watcher.text()).length === 1);
    await clock.advance(3000);
    await turnsUntil(() => eventsOf(watcher.text()).length === 4);
    expect(watcher.text()).toMatch(/^retry: 2000\n\n(data: \{.*\}\n\n){4}$/);
    expect(eventsOf(watcher.text()).map(({ uptimeSeconds }) => uptimeSeconds)).toEqual([0, 1, 2, 3]);
  });

  it("is told the same as all others, made once", async () => {
    const { url, clock, made } = await listen();
    const watchers = [await watch(url), await watch(url), await watch(url)];
    expect(made()).toBe(3);
    await clock.advance(2000);
    expect(made()).toBe(5);
    await turnsUntil(() => watchers.every(({ text }) => eventsOf(text()).length === 3));
    const last = watchers.map(({ text }) => eventsOf(text()).at(-1));
    expect(last).toEqual([last[0], last[0], last[0]]);
  });

  it("costs nothing once he has left", async () => {
    const { url, clock, made } = await listen();
    const watcher = await watch(url);
    expect(clock.pending()).toBe(1);
    watcher.leave();
    await turnsUntil(() => clock.pending() === 0);
    await clock.advance(5000);
    expect(made()).toBe(1);
    await watch(url);
    expect(clock.pending()).toBe(1);
  });

  it("hears the last of it and ends in order when the listener closes", async () => {
    let state: "ready" | "draining" = "ready";
    const { admin, url, clock } = await listen({ state: () => state });
    const watcher = await watch(url);
    state = "draining";
    admin.close();
    await turnsUntil(() => watcher.ended());
    expect(watcher.answer.complete).toBe(true);
    expect(eventsOf(watcher.text()).map((each) => each.state)).toEqual(["ready", "draining"]);
    await turnsUntil(() => clock.pending() === 0);
  });
});

describe("places", () => {
  it("are sixteen; who comes then is told 503, until one leaves", async () => {
    const { url } = await listen();
    const watchers: Watcher[] = [];
    for (let count = 0; count < MOST; count++) watchers.push(await watch(url));
    const refused = await watch(url);
    expect([refused.answer.statusCode, refused.answer.headers["retry-after"]]).toEqual([503, "5"]);
    await turnsUntil(() => refused.ended());
    expect(refused.text()).toMatch(/^16 are watching already/);
    watchers[0]?.leave();
    let next = await watch(url);
    while (next.answer.statusCode === 503) next = await watch(url);
    expect(next.answer.statusCode).toBe(200);
  });

  it("are not taken by HEAD, and 421 is told to another's name", async () => {
    const { url, clock } = await listen();
    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, head.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    expect((await watch(url, { host: "evil.example.com" })).answer.statusCode).toBe(421);
    expect(clock.pending()).toBe(0);
  });
});

describe("what must not happen", () => {
  it("texts pile up for one who reads nothing", async () => {
    const MARK = '"uptimeSeconds":';
    const big = "x".repeat(1 << 20);
    const { url, clock } = await listen({ upstream: `http://a (${big})` });
    const watcher = await watch(url);
    watcher.answer.pause();
    for (let second = 0; second < 40; second++) await clock.advance(1000);
    watcher.answer.resume();
    const latest = () =>
      Number(
        watcher
          .text()
          .slice(watcher.text().lastIndexOf(MARK) + MARK.length)
          .split(",", 1)[0],
      );
    while (!(latest() > 40)) await clock.advance(1000);
    expect(watcher.text().length).toBeLessThan(30 << 20);
  });

  it("a status that cannot be made leaves a stream that says nothing", async () => {
    let broken = false;
    const { url, clock } = await listen({
      families: () => {
        if (broken) throw new Error("no families today");
        return [];
      },
    });
    const watcher = await watch(url);
    broken = true;
    await clock.advance(1000);
    await turnsUntil(() => watcher.ended());
    const again = await watch(url);
    expect(again.answer.statusCode).toBe(500);
    await turnsUntil(() => again.ended());
    expect(again.text()).toContain("no families today");
  });
});
