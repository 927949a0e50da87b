/**
 * A gentle traffic to the simulated tenant, so that status page and metrics have something to show: reads, a query, an
 * update and a create in turn. On a terminal one line says how it goes. It is a caller like any other.
 */
import http, { Agent } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../clock.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import { createGatewayServer } from "../../server/server.ts";

export type Traffic = { readonly stop: () => void };

const EACH_MS = 500;
const USERS = "/openidm/managed/alpha_user";
const NEW_USER = JSON.stringify({ userName: "demo", givenName: "De", sn: "Mo", mail: "demo@example.com" });

type Request = readonly [method: string, path: string, body?: string];

const REQUESTS: readonly Request[] = [
  ["GET", `${USERS}?_queryFilter=true`],
  ["PUT", `${USERS}/00000000-0000-4000-8000-000000000001`, NEW_USER],
  ["GET", `${USERS}/00000000-0000-4000-8000-000000000001`],
  ["GET", `${USERS}?_queryFilter=true&_fields=userName`],
  ["POST", "/am/json/sessions?_action=getSessionInfo", "{}"],
];

/** Until it is stopped. `gateway` is asked on a listener of its own; the line goes to `screen`, if that is one. */
export function keepTraffic(gateway: Gateway, screen: NodeJS.WriteStream): Traffic {
  const { http: server } = createGatewayServer(gateway);
  const agent = new Agent({ keepAlive: true });
  let sent = 0;
  let well = 0;
  let stopped = false;
  let cancel = (): void => {};
  const next = (port: number): void => {
    if (stopped) return;
    const request = REQUESTS[sent % REQUESTS.length];
    sent++;
    if (request)
      void send(port, agent, request).then((status) => {
        if (status !== undefined && status < 500) well++;
        if (screen.isTTY && !stopped)
          screen.write(`\r\u001b[Kdemo traffic: ${sent} requests, ${well} answered well\r`);
      });
    cancel = systemClock.after(EACH_MS, () => next(port));
  };
  server.listen(0, "127.0.0.1", () => next((server.address() as AddressInfo).port));
  return {
    stop() {
      stopped = true;
      cancel();
      agent.destroy();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Its status; undefined when there was no answer. */
function send(port: number, agent: Agent, [method, path, body]: Request): Promise<number | undefined> {
  return new Promise((resolve) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const request = http.request({ host: "127.0.0.1", port, agent, method, path, headers }, (response) => {
      response.resume().on("close", () => resolve(response.statusCode));
      response.on("error", () => {});
    });
    request.on("error", () => resolve(undefined));
    request.end(body);
  });
}
