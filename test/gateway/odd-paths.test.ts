/**
 * Paths that a server could read in several ways: they are sent on as they came, and what makes a request repeatable has
 * to be said about every reading, wherever it is said.
 */
import http from "node:http";
import { expect, it } from "vitest";
import { gateways, type Running } from "../support/gateway.ts";

const start = gateways();

const POLICY = `
routes:
  - name: reports
    match: { path: "/openidm/endpoint/report/**" }
    replayableCreates: true
    operations: [{ match: { method: POST }, replay: read }]
  - name: payments
    match: { path: "/openidm/endpoint/pay/**" }
    operations: [{ match: { method: [PUT, DELETE] }, replay: unsafe }]
`;

/** As it is written: `URL` would take the dots out. */
const post = (g: Running, method: string, path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const request = http.request(g.url, { method, path, agent: false });
    request.on("error", reject).on("response", (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    request.end();
  });

it.each([
  ["POST", "/openidm/endpoint/report/1", 2],
  ["POST", "/openidm/endpoint/report//1", 2],
  ["POST", "/openidm/endpoint/report/../pay/1", 1],
  ["POST", "/openidm/endpoint/report/%2e%2E/pay/1", 1],
  ["POST", "/openidm/endpoint/report/..;/pay/1", 1],
  ["POST", "/openidm/endpoint/report/..%2fpay/1", 1],
  ["POST", "/openidm/endpoint/report/../other", 1],
  ["PUT", "/openidm/endpoint/other/1", 2],
  ["PUT", "/openidm/endpoint/other/../pay/1", 1],
  ["PUT", "/openidm/endpoint/report/..%2Fpay/1", 1],
  ["PUT", "/openidm/endpoint/pay/../other/1", 1],
])("%s %s is sent %i times", async (method, path, times) => {
  const g = await start({ policy: POLICY });
  g.tenant.will(503);
  await post(g, method, path);
  expect(g.tenant.saw.map(({ url }) => url)).toEqual(Array.from({ length: times }, () => path));
});
