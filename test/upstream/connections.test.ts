/** Connections to the tenant: which one is taken, what ends one, and that nothing is sent on one twice at a time. */
import { describe, expect, it } from "vitest";
import { Departure, systemClock } from "../../src/clock.ts";
import { manualClock, someTurns, turnsUntil } from "../support/manual-clock.ts";
import { plainAnswer, startRawUpstream } from "../support/raw-upstream.ts";
import { CONNECTION, namesAt } from "../support/tenant.ts";
import { attempt, ENGINES, textOf, upstreams } from "./attempts.ts";

const { start, answering, tenantAt } = upstreams();

describe.each(ENGINES)("$engine", ({ through }) => {
  it("sends one request at a time on a connection: two at once take two", async () => {
    const { raw, tenant } = await start(() => {});
    const both = [1, 2].map(() => through(attempt(), tenant, systemClock));
    await turnsUntil(() => raw.received.filter((each) => each.endsWith("\r\n\r\n")).length === 2);
    expect(raw.received.map((each) => each.match(/GET/g)?.length)).toEqual([1, 1]);
    for (const socket of raw.sockets) socket.write(plainAnswer(200, "ok"));
    for (const each of both) expect(await textOf(await each)).toBe("ok");
  });

  it.each([
    ["an answer that says close", `HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok`],
    ["an answer of HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok"],
    ["bytes behind an answer", `${plainAnswer(200, "ok")}HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison`],
  ])("takes a new connection after %s", async (_name, bytes) => {
    const { raw, tenant } = await start((socket) => socket.write(bytes));
    expect(await textOf(await through(attempt(), tenant, systemClock))).toBe("ok");
    await someTurns();
    expect(await textOf(await through(attempt(), tenant, systemClock))).toBe("ok");
    expect(raw.received).toHaveLength(2);
  });

  it("a kept connection that the tenant has closed is not used any more, and nothing is lost", async () => {
    const { raw, tenant } = await answering("ok");
    expect(await textOf(await through(attempt(), tenant, systemClock))).toBe("ok");
    for (const socket of raw.sockets) socket.end();
    await turnsUntil(() => raw.sockets.size === 0);
    await someTurns();
    expect(await textOf(await through(attempt(), tenant, systemClock))).toBe("ok");
    expect(raw.received).toHaveLength(2);
  });

  it("a kept connection that closes without an answer to the next request fails it, and it is not sent again", async () => {
    let requests = 0;
    const { raw, tenant } = await start((socket) => {
      requests++;
      if (requests === 1) socket.write(plainAnswer(200, "ok"));
      else socket.resetAndDestroy();
    });
    expect(await textOf(await through(attempt(), tenant, systemClock))).toBe("ok");
    expect(await through(attempt(), tenant, systemClock)).toMatchObject({ failure: "reset", sent: true });
    await someTurns();
    expect(raw.received.join("").match(/GET/g)).toHaveLength(2);
  });

  it("a kept connection that is reset while nobody uses it costs the next request nothing", async () => {
    const { raw, tenant } = await answering("ok");
    expect(await textOf(await through(attempt(), tenant, systemClock))).toBe("ok");
    for (const socket of raw.sockets) socket.resetAndDestroy();
    // In the same breath: the reset has not been read yet.
    const next = await through(attempt(), tenant, systemClock);
    if (next.kind === "failed") expect(next).toMatchObject({ failure: "reset", sent: true });
    else expect(await textOf(next)).toBe("ok");
  });

  it("an attempt that has to go on a new connection does, and the kept one stays for the next", async () => {
    const { raw, tenant } = await answering("ok");
    for (const anew of [false, true, false])
      expect(await textOf(await through(attempt({ anew }), tenant, systemClock))).toBe("ok");
    expect(raw.received).toHaveLength(2);
  });

  it.each([
    ["four fifths of its greatest age", 1, 48_000],
    ["its greatest age", 0, 60_000],
  ])("a connection is closed at %s, and not used after that", async (_name, random, ageMs) => {
    const clock = manualClock();
    clock.setRandom(random);
    const { raw, tenant } = await answering("ok", { clock, connection: { maxAgeMs: 60_000 } });
    const ask = async () => expect(await textOf(await through(attempt(), tenant, systemClock))).toBe("ok");
    await ask();
    await clock.advance(ageMs - 20);
    await ask();
    expect(raw.received).toHaveLength(1);
    await clock.advance(20);
    await turnsUntil(() => raw.sockets.size === 0);
    await ask();
    expect(raw.received).toHaveLength(2);
  });

  it("one that grows too old while it is in use is let finish, and carries nothing after that", async () => {
    const clock = manualClock();
    const { raw, tenant } = await start(() => {}, { clock, connection: { maxAgeMs: 60_000 } });
    const pending = through(attempt(), tenant, systemClock);
    await raw.until("GET /x");
    await clock.advance(60_000);
    for (const socket of raw.sockets) socket.write(plainAnswer(200, "late"));
    expect(await textOf(await pending)).toBe("late");
    await turnsUntil(() => raw.sockets.size === 0);
    expect(clock.pending()).toBe(0);
  });

  it.each([502, 503])("after a %i it is not kept, unless its name was looked up just now", async (status) => {
    const clock = manualClock();
    const { raw, tenant } = await start((socket) => socket.write(plainAnswer(status, "no")), { clock });
    const ask = async () => expect(await textOf(await through(attempt(), tenant, systemClock))).toBe("no");
    await ask();
    await ask();
    expect(raw.received).toHaveLength(1);
    await clock.advance(5_000);
    await ask();
    await turnsUntil(() => raw.sockets.size === 0);
    await ask();
    expect(raw.received).toHaveLength(2);
  });

  it("other limits hold at once: what was kept is closed, what is in use is let finish", async () => {
    const large = `x: ${"y".repeat(10_000)}\r\n`;
    const { raw, tenant } = await start((socket, soFar) => {
      if (soFar.includes("/now")) socket.write(plainAnswer(200, "ok", large));
    });
    const now = attempt({ pathAndQuery: "/now" });
    const pending = through(attempt({ pathAndQuery: "/later" }), tenant, systemClock);
    await raw.until("/later");
    expect(await textOf(await through(now, tenant, systemClock))).toBe("ok");
    tenant.renew({ ...CONNECTION });
    await someTurns();
    expect(raw.sockets.size).toBe(2);
    tenant.renew({ ...CONNECTION, headBytes: 8 * 1024 });
    await turnsUntil(() => raw.sockets.size === 1);
    expect(await through(now, tenant, systemClock)).toMatchObject({ failure: "head-too-large" });
    for (const socket of raw.sockets) socket.write(plainAnswer(200, "late"));
    expect(await textOf(await pending)).toBe("late");
    await turnsUntil(() => raw.sockets.size === 0);
  });

  it("a name is looked up for each connection", async () => {
    const { lookup, asked } = namesAt(() => "127.0.0.1");
    const { raw } = await answering("ok");
    const tenant = tenantAt(raw.url.replace("127.0.0.1", "tenant.example.com."), { lookup });
    for (const anew of [false, false, true])
      expect(await textOf(await through(attempt({ anew }), tenant, systemClock))).toBe("ok");
    expect(asked).toEqual(["tenant.example.com.", "tenant.example.com."]);
    expect(tenant.authority).toBe(`tenant.example.com:${new URL(raw.url).port}`);
  });

  it("a redirect is an answer like any other", async () => {
    const { raw, tenant } = await start((socket) =>
      socket.write("HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"),
    );
    expect(await through(attempt(), tenant, systemClock)).toMatchObject({ head: { status: 302 } });
    await someTurns();
    expect(raw.received.join("").match(/GET/g)).toHaveLength(1);
  });

  it("an attempt that is given up while it connects leaves no connection behind", async () => {
    const clock = manualClock();
    // A handshake that nobody answers.
    const raw = await startRawUpstream(() => {});
    const tenant = tenantAt(raw.url.replace("http:", "https:"));
    const left = new Departure();
    const pending = through(attempt({ left }), tenant, clock);
    await raw.until("\x16\x03");
    left.go();
    expect(await pending).toMatchObject({ failure: "caller-left", sent: false });
    await turnsUntil(() => raw.sockets.size === 0);
    expect(clock.pending()).toBe(0);
    await raw.close();
  });

  it("keeps bytes of fields as they are, both ways", async () => {
    const { raw, tenant } = await start((socket) =>
      socket.write(
        Buffer.from("HTTP/1.1 200 OK\r\nX-Name: caf\xe9\r\nx-NAME: 2\r\ncontent-length: 0\r\n\r\n", "latin1"),
      ),
    );
    const headers = ["Host", "t", "X-Caller", "na\xefve", "X-Caller", "2"];
    const received = await through(attempt({ headers }), tenant, systemClock);
    expect(raw.received[0]?.toLowerCase()).toContain("x-caller: na\xefve\r\nx-caller: 2\r\n");
    expect(received).toMatchObject({
      head: { headers: ["X-Name", "caf\xe9", "x-NAME", "2", "content-length", "0"] },
    });
  });

  it("an answer that comes before a large body has gone is the answer", async () => {
    const { tenant } = await start((socket, soFar) => {
      if (soFar.length > 100) socket.pause();
      if (soFar.includes("\r\n\r\n") && socket.writable) socket.write(plainAnswer(413, "too large"));
    });
    const body = { kind: "held", bytes: Buffer.alloc(5_000_000, "x") } as const;
    const received = await through(
      attempt({ method: "PUT", body, replay: "idempotent" }),
      tenant,
      systemClock,
    );
    expect(await textOf(received)).toBe("too large");
  });
});
