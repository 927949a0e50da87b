/**
 * Runs inside the gateway that is soaked, put there by `--import`: on SIGUSR2 it collects garbage and says on standard
 * error what the process holds. Nothing of the gateway knows of it.
 */

export type Held = {
  readonly heapBytes: number;
  readonly residentBytes: number;
  /** Sockets of callers, of the admin listener and to the tenant. */
  readonly sockets: number;
  readonly timers: number;
  /** Whatever else keeps the loop busy: listeners, watchers, pipes, signals. */
  readonly handles: number;
};

declare const gc: () => void;

let asked = 0;

process.on("SIGUSR2", () => {
  gc();
  const resources = process.getActiveResourcesInfo();
  const count = (which: (name: string) => boolean): number => resources.filter(which).length;
  const isSocket = (name: string): boolean => name === "TCPSocketWrap" || name === "TLSWrap";
  const isTimer = (name: string): boolean => name === "Timeout" || name === "Immediate";
  const { heapUsed: heapBytes, rss: residentBytes } = process.memoryUsage();
  const held: Held = {
    heapBytes,
    residentBytes,
    sockets: count(isSocket),
    timers: count(isTimer),
    handles: count((name) => !isSocket(name) && !isTimer(name)),
  };
  asked += 1;
  console.error(`held ${asked} ${JSON.stringify(held)}`);
});
