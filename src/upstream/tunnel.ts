/**
 * A way to the tenant through a company's proxy: asks it by CONNECT for a connection to the tenant's name and port (RFC
 * 9110 section 9.3.6). What is sent through it is the tenant's alone. Node's own client speaks with the proxy.
 */
import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import { OLDEST_TLS } from "../certificate.ts";
import { codeOf } from "../error-code.ts";
import type { Dial, EgressProxy, Endpoint } from "./way.ts";

/** Why there is no way through the proxy: `code` is a word for logs, the message a sentence that names the proxy. */
export class ProxyError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export function tunnel(
  proxy: EgressProxy,
  { hostname, port, serverName }: Endpoint,
  lookup: LookupFunction | undefined,
): Dial {
  // The proxy looks the name up, and may have rules about it: both want the plain spelling.
  const host = serverName ?? (hostname.includes(":") ? `[${hostname}]` : hostname);
  const target = `${host}:${port}`;
  const { authorization, tls } = proxy;
  const options: https.RequestOptions = {
    method: "CONNECT",
    path: target,
    hostname: proxy.hostname,
    port: proxy.port,
    agent: false,
    // Neither `Connection`, which some proxies take for the tunnel's, nor anything else that was not asked for.
    setDefaultHeaders: false,
    headers: {
      Host: target,
      ...(authorization === undefined ? {} : { "Proxy-Authorization": authorization }),
    },
    minVersion: OLDEST_TLS,
    ...(lookup ? { lookup } : {}),
  };
  return (opened) => {
    const request =
      proxy.protocol === "https:" ? https.request({ ...options, ...tls?.() }) : http.request(options);
    let told = false;
    const fail = (error: ProxyError): void => {
      if (!told) opened(error);
      told = true;
    };
    request.on("error", (error) => fail(unreachable(proxy, error)));
    request.once("connect", ({ statusCode: status = 0 }, socket, ahead) => {
      // Stays for good: nobody else may be listening when a connection breaks.
      socket.on("error", () => {});
      const wrong =
        status < 200 || status > 299
          ? refused(proxy, status, target)
          : ahead.length > 0
            ? talksAhead(proxy)
            : undefined;
      if (told || wrong) socket.destroy();
      if (wrong) fail(wrong);
      if (told) return;
      told = true;
      opened(null, socket);
    });
    request.end();
    return () => {
      if (!told) request.destroy(new Error("given up"));
    };
  };
}

/** What to look at, by the status with which a proxy refuses. */
const CURES: Readonly<Record<number, string>> = {
  403: "its rules have to allow that name and port",
  407: "it wants credentials, which belong into the proxy's address: http://user:password@host:port",
  502: "it could not reach the tenant itself",
  503: "it could not reach the tenant itself",
  504: "the tenant did not answer it in time",
};

function refused({ name, authorization }: EgressProxy, status: number, target: string): ProxyError {
  const cure =
    status === 407 && authorization !== undefined
      ? "it does not take the credentials in the proxy's address"
      : (CURES[status] ?? "it may not know CONNECT");
  return new ProxyError(
    `PROXY_${status}`,
    `The proxy ${name} answered ${status} when asked for ${target}: ${cure}.`,
  );
}

function unreachable({ name }: EgressProxy, error: Error): ProxyError {
  const code = codeOf(error) ?? "UNKNOWN";
  if (code.startsWith("HPE_"))
    return new ProxyError(
      "PROXY_NOT_HTTP",
      `What answers at the proxy's address ${name} is not an HTTP proxy.`,
    );
  return new ProxyError(`PROXY_${code}`, `The proxy ${name} could not be reached (${code}).`);
}

function talksAhead({ name }: EgressProxy): ProxyError {
  return new ProxyError(
    "PROXY_NOT_A_TUNNEL",
    `The proxy ${name} sent something of its own through the connection to the tenant.`,
  );
}
