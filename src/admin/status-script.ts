/**
 * What the status page does in a browser: fetches `status.json` every two seconds and writes it into the page.
 * Texts are set as text, never as markup. It has no imports and asks nobody but its own server.
 */
export const STATUS_SCRIPT = `"use strict";
const REFRESH_MS = 2000;
const HIDDEN_REFRESH_MS = 15000;
const TIMEOUT_MS = 5000;

const byId = (id) => document.getElementById(id);
const dash = (value) => (value === undefined || value === null || value === "" ? "\\u2013" : String(value));

function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function span(seconds) {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return days + " d " + hours + " h";
  if (hours > 0) return hours + " h " + minutes + " min";
  if (minutes > 0) return minutes + " min " + (seconds % 60) + " s";
  return seconds + " s";
}

const warnings = (count) => (count === 1 ? "1 warning" : count > 1 ? count + " warnings" : "no warnings");
const inSeconds = (ms) => Math.max(0, Math.ceil(ms / 1000)) + " s";
const time = (date) => date.toLocaleTimeString([], { hour12: false });

function when(iso) {
  const then = new Date(iso);
  const today = then.toDateString() === new Date().toDateString();
  return (today ? "" : then.toLocaleDateString([], { day: "numeric", month: "short" }) + ", ") + time(then);
}

function replaceRows(id, rows, whenEmpty) {
  const body = byId(id);
  const columns = body.parentElement.querySelectorAll("th").length;
  body.replaceChildren(
    ...rows.map((cells) => {
      const row = document.createElement("tr");
      for (const [text, className, tag] of cells) {
        const cell = document.createElement("td");
        if (tag) cell.append(element(tag, dash(text), className));
        else {
          cell.textContent = dash(text);
          if (className) cell.className = className;
        }
        row.append(cell);
      }
      return row;
    }),
  );
  if (rows.length === 0) {
    const row = document.createElement("tr");
    const cell = element("td", whenEmpty, "empty");
    cell.colSpan = columns;
    row.append(cell);
    body.append(row);
  }
}

function use(now, most) {
  const share = most > 0 ? now / most : 0;
  return [now + " / " + most, share >= 1 ? "number bad" : share >= 0.8 ? "number warn" : "number"];
}

const CIRCUIT = { closed: "badge good", "half-open": "badge warn", open: "badge bad" };

function familyRow(family) {
  const wait = family.breaker === "open" ? ", probe in " + inSeconds(family.opensInMs) : "";
  return [
    [family.family, "name"],
    [family.breaker + wait, CIRCUIT[family.breaker], "span"],
    family.throttled
      ? [inSeconds(family.throttledForMs) + " more", "badge warn", "span"]
      : ["no", "quiet"],
    [Math.floor(family.budgetRemaining), family.budgetRemaining < 1 ? "number warn" : "number"],
    use(family.inFlight, family.concurrency),
    use(family.queued, family.queue),
  ];
}

function exchangeRow(exchange) {
  return [
    [when(exchange.at), "quiet"],
    [exchange.method + " " + exchange.route, "name"],
    [exchange.status, exchange.status >= 500 ? "number bad" : "number"],
    [exchange.attempts, "number"],
    [exchange.durationMs + " ms", "number"],
    [exchange.meaning],
    [exchange.reason],
    [exchange.processed, exchange.processed === "unknown" ? "warn" : ""],
    [exchange.id, "quiet mono"],
  ];
}

function show(status) {
  const calm = status.trouble.length === 0;
  document.title = (calm ? "" : "(" + status.trouble.length + ") ") + "crest-gateway";
  byId("state").textContent = status.state;
  byId("state").className = "badge " + (status.state === "ready" ? "good" : "warn");
  const refusing = status.families.some((family) => family.breaker === "open");
  byId("headline").className = "panel " + (calm ? "calm" : refusing ? "trouble" : "caution");
  byId("headline").replaceChildren(
    ...(calm ? ["All is well: every circuit is closed and nothing is held back."] : status.trouble).map((text) =>
      element("p", text),
    ),
  );
  const policy = status.policy;
  const facts = {
    upstream: status.upstream,
    policy: [policy.file, policy.hash, "profile " + policy.profile, warnings(policy.warnings)].join(" \\u00b7 "),
    uptime: span(status.uptimeSeconds),
    version: status.version + " on Node " + status.node,
  };
  for (const [id, text] of Object.entries(facts)) byId(id).textContent = text;
  replaceRows("families", status.families.map(familyRow), "No request has come yet.");
  byId("recent").hidden = !status.recent;
  if (!status.recent) return;
  const { changes, exchanges } = status.recent;
  replaceRows("exchanges", exchanges.map(exchangeRow), "None since the start.");
  replaceRows("changes", changes.map(({ at, what }) => [[when(at), "quiet"], [what]]), "None since the start.");
}

let lastSeen = "";
async function refresh() {
  try {
    const response = await fetch("status.json", { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error("it answered " + response.status);
    show(await response.json());
    lastSeen = time(new Date());
    byId("seen").textContent = "as of " + lastSeen;
    document.body.className = "";
    byId("lost").hidden = true;
  } catch (error) {
    document.body.className = "stale";
    byId("lost").hidden = false;
    byId("lost").textContent =
      "No news from the gateway" + (lastSeen ? " since " + lastSeen : "") + " (" + error.message + "). Trying again.";
  }
  setTimeout(refresh, document.hidden ? HIDDEN_REFRESH_MS : REFRESH_MS);
}
refresh();
`;
