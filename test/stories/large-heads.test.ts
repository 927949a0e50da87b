/** Heads of answers: large ones pass, and one above our own limit is nobody's illness. */
import { afterEach, describe, expect, it } from "vitest";
import { ask, gateways } from "../support/gateway.ts";
import { plainAnswer, type RawUpstream, startRawUpstream } from "../support/raw-upstream.ts";

const start = gateways();

const open: RawUpstream[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

/** Cookies of 3.4 kB, as many as a path says: `/cookies/20`. */
async function baker() {
  const raw = await startRawUpstream((socket, soFar) => {
    const count = Number(/cookies\/(\d+)\S* HTTP\/1.1(?!.*cookies\/)/s.exec(soFar)?.[1]);
    if (soFar.endsWith("\r\n\r\n") || soFar.endsWith("END"))
      socket.write(plainAnswer(302, "", `set-cookie: ${"c".repeat(3400)}\r\n`.repeat(count)));
  });
  open.push(raw);
  return raw;
}

it.each(["GET", "POST"])(
  "%s: six cookies of a stateless session pass, and so do eighteen",
  async (method) => {
    const g = await start({ upstream: (await baker()).url });
    for (const count of [6, 18]) {
      const answer = await ask(g.url, method, `/am/json/authenticate/cookies/${count}`, {
        ...(method === "POST" ? { body: "END" } : {}),
      });
      expect([answer.status, answer.headers["set-cookie"]?.length]).toEqual([302, count]);
    }
  },
);

describe("above the limit", () => {
  it("one attempt, the limit by its name, and no word about the tenant's health", async () => {
    const raw = await baker();
    const g = await start({ upstream: raw.url });
    for (let i = 0; i < 25; i++) {
      const answer = await ask(g.url, "GET", "/am/oauth2/authorize/cookies/20");
      expect(answer.status).toBe(502);
      expect(answer.headers["x-gateway-attempts"]).toBe("1");
      expect(answer.headers["proxy-status"]).toContain("error=http_response_header_section_size");
      expect(answer.headers["proxy-status"]).toContain("meaning=oversized");
      expect(answer.headers["proxy-status"]).toContain("processed=unknown");
      expect(answer.text).toContain("connection.head");
      // Of a read there is nothing that could be done twice.
      expect(answer.text).toContain("It changes nothing, but sending it again will not help");
    }
    expect((await ask(g.url, "GET", "/am/oauth2/cookies/1")).status).toBe(302);
    expect(g.gateway.families.snapshot()).toMatchObject([{ breaker: "closed" }]);
  });

  it("a streamed upload is told the same", async () => {
    const g = await start({ upstream: (await baker()).url, policy: "replay: { maxBody: 0B }\n" });
    const answer = await ask(g.url, "PUT", "/openidm/cookies/20", { body: "END" });
    expect([answer.status, answer.text]).toEqual([502, expect.stringContaining("connection.head")]);
  });

  it("another limit in the policy is another limit", async () => {
    const policy = "connection: { head: 128KiB }\n";
    const g = await start({ upstream: (await baker()).url, policy });
    expect((await ask(g.url, "GET", "/am/oauth2/authorize/cookies/20")).status).toBe(302);
  });
});
