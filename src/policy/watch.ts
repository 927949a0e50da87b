/**
 * Notices that the policy file may have changed. It does not read it: what has become of the file is for others to say.
 *
 * A Kubernetes ConfigMap is swapped by renaming a symbolic link beside the file: whoever watches the file itself sees
 * the first swap and never another. So the directory is watched; and because watching can fail in ways that nobody is
 * told of, the file is looked at now and then as well.
 */
import { watch } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../clock.ts";

/** An editor or a swap makes several events of one change. */
const SETTLE_MS = 100;

const LOOK_AGAIN_MS = 10_000;

/** Calls `onMaybeChanged` from time to time and soon after every change in the file's directory, until stopped. */
export function watchPolicyFile(file: string, onMaybeChanged: () => void, clock: Clock): { stop(): void } {
  let stopped = false;
  let cancelSettle = (): void => {};
  let cancelLook = (): void => {};

  const look = (): void => {
    if (stopped) return;
    cancelSettle();
    cancelLook();
    onMaybeChanged();
    cancelLook = clock.after(LOOK_AGAIN_MS, look);
  };
  const soon = (): void => {
    cancelSettle();
    if (!stopped) cancelSettle = clock.after(SETTLE_MS, look);
  };

  cancelLook = clock.after(LOOK_AGAIN_MS, look);
  const watcher = watchDirectory(dirname(file), soon);
  return {
    stop() {
      stopped = true;
      cancelSettle();
      cancelLook();
      watcher?.close();
    },
  };
}

/** Undefined where the system cannot watch; looking now and then remains. */
function watchDirectory(directory: string, onEvent: () => void) {
  try {
    const watcher = watch(directory, { persistent: false }, onEvent);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
