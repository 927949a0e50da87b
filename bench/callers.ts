/**
 * Callers of a gateway: each sends its next request as soon as it has its answer, until a number or a time is reached.
 * They know what they ask for and how long they wait, not what that costs anybody.
 */
import http from "node:http";
import { type Ask, IDS } from "./requests.ts";

/** What a caller asks for when memory is measured, again and again. */
export type Call = "read" | "large" | "write";

export type Callers = { readonly callers: number; readonly call: Call; readonly requests: number };

const USERS = "/openidm/managed/alpha_user";

/** A JSON object of that length. */
const json = (bytes: number): Buffer => Buffer.from(`{"description":"${"x".repeat(bytes - 18)}"}`);

type Request = {
  readonly method: string;
  readonly path: string;
  readonly body?: Buffer | undefined;
  readonly ifMatch?: string;
};

const CALLS: Readonly<Record<Call, Request>> = {
  read: { method: "GET", path: `${USERS}/1` },
  large: { method: "GET", path: `${USERS}/large` },
  // The longest body that the default policy holds.
  write: { method: "PUT", path: `${USERS}/1`, body: json(1024 * 1024), ifMatch: '"1"' },
};

/** How long each request took in milliseconds, sorted. Rejects when one is not answered with 200. */
export async function call(url: string, all: readonly Callers[]): Promise<readonly number[]> {
  const agent = new http.Agent({ keepAlive: true });
  const times = await Promise.all(all.map((each) => callUntilDone(url, each, agent)));
  agent.destroy();
  return times.flat().sort((a, b) => a - b);
}

async function callUntilDone(url: string, all: Callers, agent: http.Agent): Promise<number[]> {
  const times: number[] = [];
  let begun = 0;
  const caller = async (): Promise<void> => {
    while (begun++ < all.requests) {
      const { status, ms } = await ask(url, CALLS[all.call], agent);
      if (status !== 200) throw new Error(`${all.call}: status ${status}`);
      times.push(ms);
    }
  };
  await Promise.all(Array.from({ length: all.callers }, caller));
  return times;
}

export type Called = { readonly times: readonly number[]; readonly statusErrors: number };

/** The same for so many seconds, with as many ids as requests.ts says; every status is taken. */
export async function callFor(url: string, what: Ask, callers: number, seconds: number): Promise<Called> {
  const agent = new http.Agent({ keepAlive: true });
  const body = what.bodyBytes === 0 ? undefined : json(what.bodyBytes);
  const until = performance.now() + seconds * 1000;
  const times: number[] = [];
  let [begun, statusErrors] = [0, 0];
  const caller = async (): Promise<void> => {
    while (performance.now() < until) {
      const path = `${what.prefix}${(begun++ % IDS) + 1}`;
      const { status, ms } = await ask(url, { method: what.method, path, body }, agent);
      times.push(ms);
      if (status >= 400) statusErrors++;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  agent.destroy();
  return { times: times.sort((a, b) => a - b), statusErrors };
}

type Told = { readonly status: number; readonly ms: number };

function ask(url: string, { method, path, body, ifMatch }: Request, agent: http.Agent): Promise<Told> {
  const headers = {
    ...(body === undefined ? {} : { "content-type": "application/json", "content-length": body.length }),
    ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
  };
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const request = http.request(`${url}${path}`, { method, headers, agent }, (response) => {
      const status = response.statusCode ?? 0;
      response.resume().on("end", () => resolve({ status, ms: performance.now() - startedAt }));
    });
    request.on("error", reject).end(body);
  });
}
