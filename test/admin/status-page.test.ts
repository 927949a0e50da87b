import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { NotableExchange } from "../../src/admin/recent.ts";
import { type AdminParts, createAdmin } from "../../src/admin/server.ts";
import { STATUS_PAGE, STATUS_PAGE_CSP } from "../../src/admin/status-page.ts";
import { requireTool } from "../support/tools.ts";
import { calmParts, family } from "./parts.ts";

const BROWSER_FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update", "--enable-logging=stderr"],
  ...["--virtual-time-budget=3000", "--dump-dom"],
];

const NOTABLE: NotableExchange = {
  at: "2026-01-01T00:00:00.000Z",
  id: "e-1",
  transactionId: "t-1",
  method: "PUT",
  path: "/openidm/managed/alpha_user/…",
  route: "users",
  status: 503,
  attempts: 3,
  durationMs: 4312,
  meaning: "unavailable",
  processed: "unknown",
  reason: "attempts-spent",
  settled: undefined,
  story: undefined,
};

/** The page as a browser has made it after its script ran, and what the browser complained about. */
async function rendered(
  chromium: string,
  change: Partial<AdminParts>,
): Promise<{ dom: string; complaints: string }> {
  const { http: server } = createAdmin(calmParts(change));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const profile = mkdtempSync(join(tmpdir(), "chromium-"));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/status`;
  const browser = spawn(chromium, [...BROWSER_FLAGS, `--user-data-dir=${profile}`, url]);
  let dom = "";
  let said = "";
  browser.stdout.setEncoding("utf8").on("data", (piece) => {
    dom += piece;
  });
  browser.stderr.setEncoding("utf8").on("data", (piece) => {
    said += piece;
  });
  await once(browser, "close");
  server.closeAllConnections();
  server.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  const complaints = said
    .split("\n")
    .filter((line) => line.includes("CONSOLE"))
    .join("\n");
  return { dom, complaints };
}

describe("the status page", () => {
  it("lets exactly its own script and style run", () => {
    for (const [tag, directive] of [
      ["script", "script-src"],
      ["style", "style-src"],
    ]) {
      const parts = STATUS_PAGE.split(new RegExp(`<${tag}>|</${tag}>`));
      expect(parts).toHaveLength(3);
      const hash = createHash("sha256")
        .update(parts[1] ?? "")
        .digest("base64");
      expect(STATUS_PAGE_CSP).toContain(`${directive} 'sha256-${hash}'`);
    }
    expect(STATUS_PAGE_CSP).not.toContain("unsafe");
  });

  it("asks nobody but its own server", () => {
    expect(STATUS_PAGE).not.toMatch(/https?:|src=|@import|url\(/);
  });

  it("shows families, trouble and policy in a browser, hostile names as text", async (context) => {
    const chromium = requireTool(context, "chromium");
    const hostile = '<img src=x onerror="document.title=1">';
    const { dom, complaints } = await rendered(chromium, {
      families: () => [family("am", { breaker: "open", opensInMs: 4200 }), family(hostile, { inFlight: 3 })],
      recent: {
        exchanges: () => [{ ...NOTABLE, route: hostile }],
        reloads: () => ({}),
        changes: () => [{ at: NOTABLE.at, what: "am: circuit open" }],
      },
    });
    expect(complaints).toBe("");
    expect(dom).toContain("<title>(1) crest-gateway</title>");
    expect(dom).toContain("<p>am: circuit open, requests are refused; next probe in 5 s</p>");
    expect(dom).toContain('<span class="badge bad">open, probe in 5 s</span>');
    expect(dom).toContain("&lt;img src=x");
    expect(dom).not.toContain("<img");
    expect(dom).toContain("3 / 128");
    expect(dom).toContain('<td class="number bad">503</td>');
    expect(dom).toContain('<td class="warn">unknown</td>');
    expect(dom).toContain("<td>am: circuit open</td>");
    expect(dom).toContain("0123456789ab");
    expect(dom).toContain("1.2.3 on Node 24.21.0");
  });

  it("says so when the gateway does not answer", async (context) => {
    const chromium = requireTool(context, "chromium");
    const { dom } = await rendered(chromium, {
      families: () => {
        throw new Error("no families today");
      },
    });
    expect(dom).toContain("No news from the gateway (it answered 500). Trying again.");
    expect(dom).toContain('<body class="stale">');
  });
});
