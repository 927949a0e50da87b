/**
 * Nothing secret is shown: secrets in every position of a request and of an answer, in trouble of every kind, at the most
 * talkative level; then everything that the gateway shows to anybody but the two who know them already is looked through.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { startTenant, type Tenant } from "../../src/demo/tenant.ts";
import { ask } from "../support/gateway.ts";
import { type Program, run, serving } from "../support/process.ts";

/** No shape that a mask could know; only where it stands keeps it from being shown. */
const SECRET = "hunter2canary";
/** As tokens in paths look. */
const TOKENS = [
  `AQIC5wM2LY4S${SECRET}.*AAJTSQACMDE.*`,
  `eyJhbGciOiJub25lIn0.${SECRET}AAAAAAAA.sig`,
  `${SECRET}0123456789abcdef0123456789abcdef`,
  `${SECRET}@example.com`,
  `x;jsessionid=${SECRET}`,
  `token:${SECRET}`,
  `${SECRET}%40example.com`,
  `password=${SECRET}`,
];

const HEADERS = {
  Authorization: `Bearer ${SECRET}`,
  Cookie: `iPlanetDirectoryPro=${SECRET}; x=${SECRET}`,
  "X-OpenIDM-Username": SECRET,
  "X-OpenIDM-Password": SECRET,
  "X-Api-Key": SECRET,
  "X-Custom": SECRET,
  "Idempotency-Key": SECRET,
  "If-Match": `"${SECRET}"`,
  "User-Agent": SECRET,
  Referer: `https://app.example.com/?token=${SECRET}`,
  Forwarded: `for=${SECRET}`,
  "Proxy-Authorization": `Basic ${SECRET}`,
  "X-ForgeRock-TransactionId": `token=${SECRET}`,
  "Content-Type": "application/json",
};

let tenant: Tenant;
let gateway: Program & { readonly url: string; readonly admin: string };
beforeAll(async () => {
  tenant = await startTenant({ clock: systemClock });
  const policy = join(mkdtempSync(join(tmpdir(), "crest-gateway-")), "policy.yaml");
  const route = "routes: [{ name: users, match: { path: '/openidm/managed/**' }, replayableCreates: true }]";
  writeFileSync(policy, `version: 1\nretry: { backoff: { base: 1ms, max: 2ms } }\n${route}\n`);
  gateway = await serving(["--log-level", "trace", "--upstream", tenant.url, "--policy", policy]);
});
afterAll(async () => {
  gateway.child.kill("SIGKILL");
  await gateway.ended;
  await tenant.close();
});

const send = (method: string, path: string, body?: string, headers = HEADERS): Promise<string> =>
  new Promise((resolve) => {
    const request = http.request(gateway.url, { method, path, headers, agent: false });
    request
      .on("error", () => resolve(""))
      .on("response", (response) => {
        let text = JSON.stringify(response.headers);
        response.setEncoding("utf8").on("data", (piece: string) => {
          text += piece;
        });
        response.on("close", () => resolve(text));
      });
    request.end(body);
  });

/** What no parser lets through, to its end. */
const raw = (bytes: string): Promise<string> =>
  new Promise((resolve) => {
    let text = "";
    const socket = net.connect(Number(new URL(gateway.url).port), "127.0.0.1", () => socket.end(bytes));
    socket.on("data", (piece) => {
      text += piece.toString("latin1");
    });
    socket.on("error", () => {}).on("close", () => resolve(text));
  });

const BODY = JSON.stringify({ _id: SECRET, password: SECRET, __proto__x: SECRET, mail: `${SECRET}@x.y` });

describe("a secret", () => {
  it("stands in no log line, metric, page, or answer of the gateway's own", async () => {
    const own: string[] = [];
    for (const token of TOKENS)
      for (const path of [
        `/am/json/sessions/${token}`,
        `/openidm/managed/alpha_user/${token}`,
        `/${token}/x`,
        `//${token}`,
      ])
        await send("GET", `${path}?_action=${SECRET}&${SECRET}=1&tokenId=${SECRET}`);
    await send("GET", `/openidm/system/${TOKENS[2]}/account/1`);
    await send("POST", `/openidm/managed/alpha_user?_action=create&x=${SECRET}`, BODY);
    await send("PUT", `/openidm/managed/alpha_user/${TOKENS[2]}?x=${SECRET}`, BODY);
    tenant.will(
      500,
      { "x-secret": SECRET, "set-cookie": `s=${SECRET}` },
      { code: 500, message: SECRET, detail: SECRET },
    );
    await send(
      "PATCH",
      "/openidm/managed/alpha_user/1",
      `[{"operation":"replace","field":"/password","value":"${SECRET}"}]`,
    );
    tenant.will(503, { "content-type": "text/html" }, `<html>${SECRET}</html>`);
    await send("GET", `/openidm/info/ping?x=${SECRET}`);
    tenant.dropAfterCommit();
    await send("PUT", `/openidm/managed/alpha_user/lost?x=${SECRET}`, BODY);
    await send(
      "POST",
      "/am/oauth2/access_token",
      `grant_type=password&password=${SECRET}&client_secret=${SECRET}`,
    );
    own.push(await raw(`GET /${TOKENS[0]}?x=${SECRET} HTTP/1.1\r\nHost: a\r\nHost: ${SECRET}\r\n\r\n`));
    own.push(await raw(`GET /a?x=${SECRET} HTTP/1.1\r\nHost: a\r\n${SECRET}\r\n\r\n`));
    own.push(
      await raw(`GET http://u:${SECRET}@h/${TOKENS[5]} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`),
    );
    own.push(
      await raw(`TRACE /${TOKENS[1]} HTTP/1.1\r\nHost: a\r\nCookie: ${SECRET}\r\nConnection: close\r\n\r\n`),
    );
    own.push(await raw(`CONNECT ${SECRET}:443 HTTP/1.1\r\nHost: ${SECRET}\r\n\r\n`));
    own.push(await raw(`GET /a#${SECRET} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`));
    // The tenant is gone: what comes now the gateway says itself. A caller's transaction id is for its caller, who gets
    // it back; the log has it masked.
    await tenant.close();
    const headers = { ...HEADERS, "X-ForgeRock-TransactionId": "t" };
    for (const token of TOKENS)
      own.push(await send("POST", `/am/json/sessions/${token}?_action=${SECRET}`, BODY, headers));

    const pages = await Promise.all(
      ["/metrics", "/status", "/status.json", "/policy", "/"].map(
        async (page) => (await ask(gateway.admin, "GET", page)).text,
      ),
    );
    const odd = await ask(gateway.admin, "GET", `/${TOKENS[2]}?x=${SECRET}`);
    gateway.child.kill("SIGTERM");
    await gateway.ended;
    const log = gateway.stdout();
    expect(log.match(/"msg":"exchange"/g)?.length).toBeGreaterThan(45);
    expect(log).toContain('"level":"debug"');
    const shown = {
      log,
      error: gateway.stderr(),
      own: own.join("\n"),
      pages: [...pages, odd.text].join("\n"),
    };
    for (const [where, text] of Object.entries(shown)) {
      const at = text.indexOf(SECRET);
      expect(at < 0 ? "" : `${where}: …${text.slice(Math.max(0, at - 200), at + 60)}…`).toBe("");
    }
  });

  it("of an address is not repeated where the address is refused", async () => {
    for (const flag of ["--upstream", "--listen", "--admin", "--admin-host"]) {
      const program = run(["serve", flag, `https://user:${SECRET}@host`]);
      expect((await program.ended).code).toBe(2);
      expect(program.stderr() + program.stdout()).not.toContain(SECRET);
    }
  });
});
