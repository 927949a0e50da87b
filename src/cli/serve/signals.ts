/** The signals that stop the process, and the launcher's word for them. */

const STOPPING = ["SIGTERM", "SIGINT"] as const;

type Stopping = (typeof STOPPING)[number];

/**
 * The first one asks to stop; a second one, of either kind, ends the process at once. Under `bin/crest-gateway` on an
 * older Node, signals come as messages too: of those that were sent to both of us these are echoes, so each way counts
 * for itself.
 */
export function nextSignal(): Promise<Stopping> {
  return new Promise((resolve) => {
    const counted = (): ((signal: Stopping) => void) => {
      let asked = false;
      return (signal) => {
        if (asked) process.exit(signal === "SIGTERM" ? 143 : 130);
        asked = true;
        resolve(signal);
      };
    };
    const bySignal = counted();
    for (const signal of STOPPING) process.on(signal, () => bySignal(signal));
    const byMessage = counted();
    process.on("message", (told) => {
      const signal = STOPPING.find((each) => each === told);
      if (signal !== undefined) byMessage(signal);
    });
    process.send?.("listens");
  });
}
