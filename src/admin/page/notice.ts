/** Whether what the page shows is of now: says so clearly when it is not, and when it is again. */

import { clockTime } from "../words.ts";
import { byId } from "./dom.ts";

const BACK_SHOWN_MS = 15_000;

let lastSeen: Date | undefined;
let lastUptimeSeconds = 0;
let lost = false;

export function seen(uptimeSeconds: number, now: Date): void {
  const restarted = uptimeSeconds < lastUptimeSeconds;
  if (lost || restarted) back(restarted, now);
  lost = false;
  lastSeen = now;
  lastUptimeSeconds = uptimeSeconds;
  byId("seen").textContent = `as of ${clockTime(now)}`;
  byId("lost").hidden = true;
  document.body.classList.remove("stale");
}

export function unseen(why: string): void {
  const since = lastSeen ? ` since ${clockTime(lastSeen)}` : "";
  lost = true;
  document.body.classList.add("stale");
  document.title = "(gone) crest-gateway";
  byId("back").hidden = true;
  byId("lost").hidden = false;
  byId("lost").textContent =
    `No news from the gateway${since}: ${why}. What stands here is old. Trying again.`;
}

function back(restarted: boolean, now: Date): void {
  if (!lastSeen) return;
  const how = restarted ? " It was started anew, and counts from there." : "";
  byId("back").textContent = `The gateway is back since ${clockTime(now)}.${how}`;
  byId("back").hidden = false;
  setTimeout(() => {
    byId("back").hidden = true;
  }, BACK_SHOWN_MS);
}
