/** The `listener` of a policy: what it says holds for callers' connections, and a reload changes it. */
import { expect, it } from "vitest";
import { gateways, policyOf } from "../support/gateway.ts";
import { rawRequest } from "../support/raw-client.ts";

const start = gateways();

const long = (bytes: number): string =>
  `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: ${"y".repeat(bytes)}\r\n\r\n`;

it("the head of a request may be as long as `head` says, also after a reload", async () => {
  const g = await start({ policy: "listener: { head: 2KiB }\n" });
  const takes = async (bytes: number): Promise<string | undefined> =>
    /this gateway takes (\w+)/.exec((await rawRequest(g.url, long(bytes))).body)?.[1];
  expect(await takes(1000)).toBeUndefined();
  expect(await takes(3000)).toBe("2KiB");
  g.server.configure(policyOf("listener: { head: 32KiB }").listener);
  // What the tenant makes of it is the tenant's.
  expect(await takes(20_000)).toBeUndefined();
  expect(await takes(40_000)).toBe("32KiB");
});

it("a reload changes how long a connection idles, and a head takes", async () => {
  const g = await start();
  expect([g.server.http.keepAliveTimeout, g.server.http.headersTimeout]).toEqual([620_000, 10_000]);
  g.server.configure(policyOf("listener: { idle: 90s, headers: 5s }").listener);
  expect([g.server.http.keepAliveTimeout, g.server.http.headersTimeout]).toEqual([90_000, 5_000]);
});

it("what is no request is told in the shape of errors that the file names", async () => {
  const g = await start({ policy: "errors: problem\n" });
  for (const bytes of [
    "GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n",
    "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
  ]) {
    const answer = await rawRequest(g.url, bytes);
    expect(answer.head).toMatch(/content-type: application\/problem\+json/i);
    expect(answer.head).toMatch(/connection: close/i);
    expect(JSON.parse(answer.body)).toMatchObject({ status: 400, detail: expect.any(String) });
  }
});
