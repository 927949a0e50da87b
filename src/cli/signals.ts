/** The signals that stop the process. */

const STOPPING = ["SIGTERM", "SIGINT"] as const;

/** The first one asks to stop; a second one, of either kind, ends the process at once. */
export function nextSignal(): Promise<(typeof STOPPING)[number]> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of STOPPING) {
      process.on(signal, () => {
        if (asked) process.exit(signal === "SIGTERM" ? 143 : 130);
        asked = true;
        resolve(signal);
      });
    }
  });
}
