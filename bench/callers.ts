/**
 * Callers of a gateway: each sends its next request as soon as it has its answer, until a number is reached. It knows
 * what they ask for and how long they wait, not what that costs anybody.
 */
import http from "node:http";

/** What a caller asks for, again and again. */
export type Call = "read" | "large" | "write";

export type Callers = { readonly callers: number; readonly call: Call; readonly requests: number };

const USERS = "/openidm/managed/alpha_user";

/** The longest body that the default policy holds. */
const BODY = Buffer.from(`{"description":"${"x".repeat(1024 * 1024 - 18)}"}`);

const CALLS = {
  read: { method: "GET", path: `${USERS}/1`, body: undefined },
  large: { method: "GET", path: `${USERS}/large`, body: undefined },
  write: { method: "PUT", path: `${USERS}/1`, body: BODY },
} as const;

/** How long each request took in milliseconds, sorted. Rejects when one is not answered with 200. */
export async function call(url: string, all: readonly Callers[]): Promise<readonly number[]> {
  const agent = new http.Agent({ keepAlive: true });
  const times = await Promise.all(all.map((each) => callOnce(url, each, agent)));
  agent.destroy();
  return times.flat().sort((a, b) => a - b);
}

async function callOnce(url: string, all: Callers, agent: http.Agent): Promise<number[]> {
  const times: number[] = [];
  let begun = 0;
  const caller = async (): Promise<void> => {
    while (begun++ < all.requests) times.push(await ask(url, all.call, agent));
  };
  await Promise.all(Array.from({ length: all.callers }, caller));
  return times;
}

function ask(url: string, what: Call, agent: http.Agent): Promise<number> {
  const { method, path, body } = CALLS[what];
  const headers =
    body === undefined
      ? {}
      : { "content-type": "application/json", "content-length": body.length, "if-match": '"1"' };
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const request = http.request(`${url}${path}`, { method, headers, agent }, (response) => {
      response.resume().on("end", () => resolve(performance.now() - startedAt));
      if (response.statusCode !== 200) reject(new Error(`${method} ${path}: status ${response.statusCode}`));
    });
    request.on("error", reject).end(body);
  });
}
