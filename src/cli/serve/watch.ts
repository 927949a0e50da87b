/**
 * Notices that files may have changed. It does not read them: what has become of them is for others to say.
 *
 * A Kubernetes ConfigMap or Secret is swapped by renaming a symbolic link beside the files: whoever watches a file itself
 * sees the first swap and never another. So directories are watched; and because watching can fail in ways that nobody is
 * told of, the files are looked at now and then as well.
 */
import { type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../../clock.ts";

/** An editor or a swap makes several events of one change. */
const SETTLE_MS = 100;

const LOOK_AGAIN_MS = 10_000;

/** Calls `onMaybeChanged` from time to time and soon after every change in the files' directories, until stopped. */
export function watchFiles(
  files: readonly string[],
  onMaybeChanged: () => void,
  clock: Clock,
): { stop(): void } {
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
  const watchers = [...new Set(files.map(dirname))].flatMap((directory) => watchDirectory(directory, soon));
  return {
    stop() {
      stopped = true;
      cancelSettle();
      cancelLook();
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** None where the system cannot watch; looking now and then remains. */
function watchDirectory(directory: string, onEvent: () => void): FSWatcher[] {
  try {
    const watcher = watch(directory, { persistent: false }, onEvent);
    watcher.on("error", () => watcher.close());
    return [watcher];
  } catch {
    return [];
  }
}
