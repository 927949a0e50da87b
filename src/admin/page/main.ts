/** The status page's program: what came of the gateway, put where it belongs. */
import type { Status } from "../status.ts";
import { counted, duration, when } from "../words.ts";
import { showDeeds } from "./deeds.ts";
import { byId, element, paint, paintRows } from "./dom.ts";
import { listenToSearch, showExchanges } from "./exchanges.ts";
import { showFamilies } from "./families.ts";
import { follow } from "./live.ts";
import { seen, unseen } from "./notice.ts";
import { showPictures } from "./pictures.ts";

function show(status: Status): void {
  const now = new Date();
  const { history, recent, families } = status;
  seen(status.uptimeSeconds, now);
  showHeadline(status);
  showFacts(status, now);
  showFamilies(families);
  byId("past").hidden = !history;
  if (history) {
    showPictures(history);
    showDeeds(history);
  }
  byId("recent").hidden = !recent;
  if (!recent) return;
  showExchanges(recent.exchanges, now);
  const changes = recent.changes.map(({ at, what }) => [
    { text: when(at, now), className: "quiet" },
    { text: what, className: "wide" },
  ]);
  paintRows("changes", changes, "None since the start.");
}

function showHeadline({ state, trouble, families }: Status): void {
  const calm = trouble.length === 0;
  const refusing = families.some(({ breaker }) => breaker === "open");
  document.title = `${calm ? "" : `(${trouble.length}) `}crest-gateway`;
  byId("state").textContent = state;
  byId("state").className = `badge ${state === "ready" ? "good" : "warn"}`;
  byId("headline").className = `panel ${calm ? "calm" : refusing ? "trouble" : "caution"}`;
  const told = calm ? ["All is well: every circuit is closed and nothing is held back."] : trouble;
  paint(byId("headline"), told, () => told.map((text) => element("p", "", text)));
  // For who listens: the same without seconds that run, so that it is said when something changes, and only then.
  const said = calm
    ? "All is well."
    : trouble.map((each) => each.replace(/[;,][^;,]*\b\d+ s\b.*$/, "")).join(". ");
  if (byId("said").textContent !== said) byId("said").textContent = said;
}

function showFacts({ upstream, policy, uptimeSeconds, version, node }: Status, now: Date): void {
  const { file, hash, profile, warnings, loadedAt, refused } = policy;
  const facts: Readonly<Record<string, string>> = {
    upstream,
    policy: `${file}, ${hash}, profile ${profile}, in force since ${when(loadedAt, now)}, ${counted(warnings, "warning")}`,
    uptime: duration(uptimeSeconds),
    version: `${version} on Node ${node}`,
  };
  for (const [id, text] of Object.entries(facts))
    if (byId(id).textContent !== text) byId(id).textContent = text;
  byId("refused").hidden = !refused;
  if (!refused) return;
  paint(byId("refused"), refused, () => [
    element(
      "p",
      "",
      `The policy file was refused at ${when(refused.at, now)}; the one before stays in force:`,
    ),
    ...refused.mistakes.map((line) => element("p", "mono", line)),
  ]);
}

listenToSearch();
follow({ news: show, silence: unseen });
