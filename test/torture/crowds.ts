/**
 * Many callers on real sockets, before the real program: two thousand who ask at the same moment, and ten thousand who
 * have asked and stay connected. How fast a machine serves them is its own affair; that all are answered is not, nor what
 * each costs.
 */
import { once } from "node:events";
import net, { type Socket } from "node:net";
import { systemClock } from "../../src/clock.ts";
import { startTenant } from "../../src/demo/tenant.ts";
import { serving } from "../support/process.ts";
import type { Figure } from "./figure.ts";

const AT_ONCE = 2000;
const IDLE = 10_000;
/** So many connections are opened at the same time; a listener has so many places for those who knock. */
const TOGETHER = 250;

const KIB = 1024;
/** Measured: 21, what answering them left to be collected included. */
const MOST_KIB_FOR_EACH = 25;
const ANSWERED_WITHIN_MS = 30_000;

/** Of an object that is not there: the tenant answers it cheaply. */
const REQUEST = "GET /openidm/managed/alpha_user/nobody HTTP/1.1\r\nHost: a\r\n\r\n";

export async function crowdFigures(): Promise<Figure[]> {
  const tenant = await startTenant({ clock: systemClock });
  const program = await serving(["--upstream", tenant.url, "--log-level", "error"]);
  try {
    return [await atOnce(program.url), await idle(program.url, program.admin)];
  } finally {
    program.child.kill("SIGTERM");
    await program.ended;
    await tenant.close();
  }
}

async function atOnce(url: string): Promise<Figure> {
  process.stderr.write(`${AT_ONCE} callers at once\n`);
  const callers = await connect(url, AT_ONCE);
  const heads = await Promise.all(callers.map(ask));
  for (const each of callers) each.destroy();
  const served = heads.filter((head) => head?.startsWith("HTTP/1.1 404")).length;
  const refused = heads.filter(
    (head) => /^HTTP\/1\.1 503/.test(head ?? "") && /^retry-after: /im.test(head ?? ""),
  ).length;
  return {
    name: `${AT_ONCE} callers at once, on sockets`,
    expected: "each is served, or told 503 with Retry-After",
    actual: `${served} served, ${refused} told so, ${AT_ONCE - served - refused} neither`,
    ok: served + refused === AT_ONCE && served > 0,
  };
}

async function idle(url: string, admin: string): Promise<Figure> {
  process.stderr.write(`${IDLE} idle callers\n`);
  const before = await residentKib(admin);
  const callers: Socket[] = [];
  let answered = 0;
  while (callers.length < IDLE) {
    // Who connects and says nothing is not waited for: each asks as soon as it is there.
    const more = await connect(url, TOGETHER);
    const heads = await Promise.all(more.map(ask));
    answered += heads.filter((head) => head !== undefined).length;
    callers.push(...more);
  }
  const each = ((await residentKib(admin)) - before) / IDLE;
  const standing = callers.filter((socket) => !socket.destroyed).length;
  for (const socket of callers) socket.destroy();
  return {
    name: `${IDLE} callers who have asked and stay`,
    expected: `all stay connected, at most ${MOST_KIB_FOR_EACH} KiB each`,
    actual: `${answered} answered, ${standing} connected, ${each.toFixed(1)} KiB each`,
    ok: answered === IDLE && standing === IDLE && each <= MOST_KIB_FOR_EACH,
  };
}

async function connect(url: string, many: number): Promise<Socket[]> {
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  while (sockets.length < many) {
    const more = Array.from({ length: Math.min(TOGETHER, many - sockets.length) }, () =>
      net.connect({ host: hostname, port: Number(port) }),
    );
    await Promise.all(more.map((socket) => once(socket, "connect")));
    for (const socket of more) socket.on("error", () => {});
    sockets.push(...more);
  }
  return sockets;
}

/** The head of the answer; undefined when none came in time. */
function ask(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    let heard = "";
    const over = (head: string | undefined): void => {
      clearTimeout(late);
      resolve(head);
    };
    const late = setTimeout(over, ANSWERED_WITHIN_MS, undefined);
    socket.on("data", (piece) => {
      heard += piece.toString("latin1");
      if (heard.includes("\r\n\r\n")) over(heard);
    });
    socket.on("close", () => over(undefined));
    if (socket.destroyed) over(undefined);
    else socket.write(REQUEST);
  });
}

async function residentKib(admin: string): Promise<number> {
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1]) / KIB;
}
