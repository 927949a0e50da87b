import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import type { TlsPem } from "../../src/certificate.ts";
import { systemClock } from "../../src/clock.ts";
import { pair, pem } from "../support/certificates.ts";
import { plainAnswer } from "../support/raw-upstream.ts";
import { namesAt, tenantAt } from "../support/tenant.ts";
import { attempt, ENGINES } from "./attempts.ts";

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const each of open.splice(0).reverse()) each.close();
});

type Secured = {
  seen: { serverName: string | false | null; bytes: string; client: string; protocol: string | null };
};

async function secured(name: string, options: tls.TlsOptions = {}): Promise<{ url: URL } & Secured> {
  const seen: Secured["seen"] = { serverName: null, bytes: "", client: "", protocol: null };
  const server = tls.createServer({ cert: pem(name), key: pem(`${name}.key`), ...options }, (socket) => {
    seen.serverName = "servername" in socket ? (socket.servername as string) : null;
    seen.client = socket.getPeerCertificate().subject?.CN?.toString() ?? "";
    seen.protocol = socket.getProtocol();
    socket.on("error", () => {});
    socket.on("data", (piece) => {
      seen.bytes += piece.toString("latin1");
      socket.write(plainAnswer(200, "{}"));
    });
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(server);
  return { url: new URL(`https://localhost:${(server.address() as AddressInfo).port}`), seen };
}

describe.each(ENGINES)("$engine", ({ through }) => {
  const ask = async (url: URL, options: TlsPem) => {
    const tenant = tenantAt(url.href, { tls: () => options });
    open.push(tenant);
    return through(attempt({ headers: ["Host", tenant.authority] }), tenant, systemClock);
  };

  it("a kept connection carries one request after the other", async () => {
    let connections = 0;
    const trusting = { ca: pem("ca") };
    const server = tls.createServer({ cert: pem("server"), key: pem("server.key") }, (socket) => {
      connections++;
      socket.on("error", () => {});
      socket.on("data", () => socket.write(plainAnswer(200, "{}")));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    open.push(server);
    const tenant = tenantAt(`https://localhost:${(server.address() as AddressInfo).port}`, {
      tls: () => trusting,
    });
    open.push(tenant);
    for (let i = 0; i < 50; i++) {
      const headers = ["Host", tenant.authority];
      expect(await through(attempt({ headers }), tenant, systemClock)).toMatchObject({ kind: "answer" });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(connections).toBe(1);
  });

  it("a certificate of the given authority is trusted, and the name is asked for", async () => {
    const { url, seen } = await secured("server");
    expect((await ask(url, { ca: pem("ca") })).kind).toBe("answer");
    expect(seen.serverName).toBe("localhost");
    expect(seen.bytes).toMatch(new RegExp(`^GET /x HTTP/1.1\r\nhost: ${url.host}\r\n`, "i"));
  });

  it("a dot at the end of the name is for the lookup alone: SNI, certificate and Host are without it", async () => {
    const { url, seen } = await secured("server");
    const { lookup, asked } = namesAt(() => "127.0.0.1");
    const trusting = { ca: pem("ca") };
    const dotted = tenantAt(url.href.replace("localhost", "localhost."), { tls: () => trusting, lookup });
    open.push(dotted);
    const headers = ["Host", dotted.authority];
    expect((await through(attempt({ headers }), dotted, systemClock)).kind).toBe("answer");
    expect(asked).toEqual(["localhost."]);
    expect(seen.serverName).toBe("localhost");
    expect(seen.bytes).toMatch(new RegExp(`\r\nhost: ${url.host}\r\n`, "i"));
  });

  it.each([
    ["an authority that nobody told us of", "server", {}],
    ["another name", "other-name", { ca: pem("ca") }],
    ["an expired certificate", "expired", { ca: pem("ca") }],
  ])("%s: not trusted, and not one byte of the request leaves", async (_case, name, options) => {
    const { url, seen } = await secured(name);
    expect(await ask(url, options)).toMatchObject({ kind: "failed", failure: "certificate", sent: false });
    expect(seen.bytes).toBe("");
  });

  it("a tenant that asks for a client certificate gets ours", async () => {
    const { url, seen } = await secured("server", {
      requestCert: true,
      rejectUnauthorized: true,
      ca: pem("ca"),
    });
    const options = { ca: pem("ca"), cert: pem("client"), key: pem("client.key") };
    expect((await ask(url, options)).kind).toBe("answer");
    expect(seen.client).toBe("client");
  });

  it("a renewed client certificate is for new connections; those that stand go on", async () => {
    const asksForOne = { requestCert: true, rejectUnauthorized: true, ca: pem("ca") };
    const { url, seen } = await secured("server", asksForOne);
    let now: TlsPem = { ca: pem("ca"), ...pair("client") };
    const tenant = tenantAt(url.href, { tls: () => now });
    open.push(tenant);
    const shownTo = async (anew: boolean): Promise<string> => {
      const headers = ["Host", tenant.authority];
      expect(await through(attempt({ headers, anew }), tenant, systemClock)).toMatchObject({
        kind: "answer",
      });
      await new Promise((resolve) => setImmediate(resolve));
      return seen.client;
    };
    expect(await shownTo(false)).toBe("client");
    now = { ca: pem("ca"), ...pair("other-name") };
    expect(await shownTo(false)).toBe("client");
    expect(await shownTo(true)).toBe("other.test");
  });

  it("an authority that is not believed any more opens no connection, by no ticket either", async () => {
    const { url, seen } = await secured("server");
    let now: TlsPem = { ca: pem("ca") };
    const tenant = tenantAt(url.href, { tls: () => now });
    open.push(tenant);
    const asked = () =>
      through(attempt({ headers: ["Host", tenant.authority], anew: true }), tenant, systemClock);
    // The second comes in by the first one's ticket.
    expect([(await asked()).kind, (await asked()).kind]).toEqual(["answer", "answer"]);
    now = { ca: pem("other-name") };
    seen.bytes = "";
    expect(await asked()).toMatchObject({ kind: "failed", failure: "certificate", sent: false });
    expect(seen.bytes).toBe("");
    now = { ca: pem("ca") };
    expect((await asked()).kind).toBe("answer");
  });

  it("TLS 1.1 is refused: nothing is sent", async () => {
    const { url, seen } = await secured("server", {
      maxVersion: "TLSv1.1",
      minVersion: "TLSv1",
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    expect(await ask(url, { ca: pem("ca") })).toMatchObject({
      kind: "failed",
      failure: "tls-failed",
      sent: false,
    });
    expect(seen.bytes).toBe("");
  });

  it("a plain HTTP server behind an https address is a failed handshake", async () => {
    const { createServer } = await import("node:http");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    open.push(server);
    const url = new URL(`https://localhost:${(server.address() as AddressInfo).port}`);
    expect(await ask(url, {})).toMatchObject({ kind: "failed", failure: "tls-failed", sent: false });
  });
});
