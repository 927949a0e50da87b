/**
 * Shows the main job without a second terminal: the same reads of the simulated tenant, first of the tenant itself and
 * then through the gateway, and what came of them.
 */
import http, { Agent } from "node:http";
import type { AddressInfo } from "node:net";
import type { Gateway } from "../../gateway/gateway.ts";
import { createGatewayServer } from "../../server/server.ts";

const READS = 50;
const PATH = "/openidm/managed/alpha_user?_queryFilter=true";

/** A few sentences for people. `gateway` is asked on a listener of its own, so that only what it is told observes it. */
export async function demonstrate(tenant: string, gateway: Gateway): Promise<string> {
  const { http: server } = createGatewayServer(gateway);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const direct = await readAll(tenant);
    const through = await readAll(`http://127.0.0.1:${port}`);
    return `Just now: ${READS} reads of the tenant itself, ${inWords(direct)}; the same ${READS} through the gateway, ${inWords(through)}.\n`;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** How often what came back: a status, or `dropped`. */
async function readAll(base: string): Promise<ReadonlyMap<string, number>> {
  const agent = new Agent({ keepAlive: true });
  const came = new Map<string, number>();
  for (let i = 0; i < READS; i++) {
    const what = await read(`${base}${PATH}`, agent);
    came.set(what, (came.get(what) ?? 0) + 1);
  }
  agent.destroy();
  return came;
}

function read(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent }, (response) => {
      response.resume().on("end", () => resolve(String(response.statusCode)));
      response.on("error", () => resolve("dropped"));
    });
    request.on("error", () => resolve("dropped"));
  });
}

function inWords(came: ReadonlyMap<string, number>): string {
  const good = came.get("200") ?? 0;
  const bad = [...came].filter(([what]) => what !== "200").sort();
  if (bad.length === 0) return `all of them answered`;
  const details = bad.map(([what, times]) =>
    what === "dropped" ? `${times} dropped` : `${times} told ${what}`,
  );
  return `${good} answered (${details.join(", ")})`;
}
