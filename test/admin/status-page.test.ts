/**
 * The status page in a real browser, before a real gateway whose simulated tenant is made to fail: one browser, one page,
 * one story from top to bottom. What it shows is waited for, never slept for.
 */
import { createHash } from "node:crypto";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { createHistory } from "../../src/admin/history.ts";
import { PAGE_SCRIPT } from "../../src/admin/page-script.generated.ts";
import { createRecent, type NotableExchange } from "../../src/admin/recent.ts";
import { type Admin, type AdminParts, createAdmin } from "../../src/admin/server.ts";
import { STATUS_PAGE, STATUS_PAGE_CSP } from "../../src/admin/status-page.ts";
import { MOST_WATCHERS } from "../../src/admin/watchers.ts";
import { systemClock } from "../../src/clock.ts";
import { REASON_SENTENCES } from "../../src/decide/reasons.ts";
import { tenantSays } from "../../src/demo/steps.ts";
import { ask, type Running, startGateway } from "../support/gateway.ts";
import { requireTool } from "../support/tools.ts";
import { calmParts, family } from "./parts.ts";

const LARGEST_SCRIPT_BYTES = 60_000;
const READ = "/openidm/managed/alpha_user?_queryFilter=true";
const CANARY = "hunter2canary";
const TOKEN = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI${CANARY}In0.c2lnbmF0dXJl`;

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
    expect(STATUS_PAGE.replace("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|src=|@import|url\(/);
  });

  it("is small", () => {
    expect(gzipSync(PAGE_SCRIPT).length).toBeLessThan(LARGEST_SCRIPT_BYTES);
  });
});

/** Elements whose text is too faint for WCAG 2.2, 1.4.3 (AA), each with its colours. */
function faintTexts(): string[] {
  const channels = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color: string): number => {
    const [r = 0, g = 0, b = 0] = channels(color).map((each) => {
      const share = each / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (of: Element | null): string => {
    if (!of) return "rgb(255, 255, 255)";
    const color = getComputedStyle(of).backgroundColor;
    return channels(color)[3] === 0 ? ground(of.parentElement) : color;
  };
  return [...document.body.querySelectorAll("*")].flatMap((each) => {
    const hasText = [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
    if (!hasText || each.matches("script, .unseen") || each.getClientRects().length === 0) return [];
    const style = getComputedStyle(each);
    const [dark = 0, light = 0] = [luminance(style.color), luminance(ground(each))].sort((a, b) => a - b);
    const isLarge = Number.parseFloat(style.fontSize) >= 24;
    const ratio = (light + 0.05) / (dark + 0.05);
    return ratio >= (isLarge ? 3 : 4.5) ? [] : [`${each.textContent}: ${style.color} on ${ground(each)}`];
  });
}

describe("in a browser", () => {
  let browser: Browser | undefined;
  let running: Running | undefined;
  let admin: Admin | undefined;
  afterAll(async () => {
    await browser?.close();
    admin?.close();
    await running?.close();
  });

  it("shows what the tenant does, what is done about it, and when the gateway is gone", async (context) => {
    const executablePath = requireTool(context, "chromium");
    let ill = false;
    const recent = createRecent(systemClock);
    const history = createHistory(systemClock);
    running = await startGateway({
      policy: "breaker: { minimum: 4, open: 1s, openMax: 1s }\n",
      tenant: { choose: async () => (ill ? tenantSays(503) : undefined) },
      observers: [recent.observe, history.observe],
    });
    const { gateway, url } = running;
    const parts = calmParts({
      clock: systemClock,
      families: () => gateway.families.snapshot(),
      policy: gateway.policy,
      recent,
      history,
    });
    const served = await serve(parts, 0);
    admin = served.admin;

    browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (!message.text().includes("ERR_CONNECTION_REFUSED")) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`http://127.0.0.1:${served.port}/status`);
    await shows(page, "#headline", /^All is well/);

    // The tenant falls ill: the circuit opens, and the page says so by itself.
    await ask(url, "GET", READ);
    ill = true;
    const headers = { authorization: `Bearer ${CANARY}`, "x-forgerock-transactionid": "txn-4711" };
    await ask(url, "GET", `/openidm/managed/alpha_user/${TOKEN}?token=${CANARY}`, { headers });
    while ((await ask(url, "GET", READ)).headers["x-gateway-attempts"] !== "0");
    await shows(page, "#families", /openidm\s*open/);
    await shows(page, "#headline", /openidm: circuit open, requests are refused/);
    await shows(page, "#deeds", /circuit-open \d+/);
    expect(await page.title()).toBe("(1) crest-gateway");
    expect(await page.getByRole("img", { name: /^The tenant answered/ }).getAttribute("aria-label")).toMatch(
      /\b[1-9]\d* 5xx/,
    );

    // One exchange, found by its transaction id and opened by keyboard, tells its whole story.
    await page.getByLabel("Find by id").fill("TXN-4711");
    await shows(page, "#found", /^1 of \d+$/);
    const story = page.locator("#exchanges details:visible");
    await story.locator("summary").focus();
    await page.keyboard.press("Enter");
    const told = await story.innerText();
    expect(told).toMatch(/was told 503/);
    expect(told).toMatch(/unavailable: Also sent after the request was passed on/);
    expect(told).toMatch(/retried: sending it again is safe/);
    const sentences = Object.entries(REASON_SENTENCES).map(([reason, sentence]) => `${reason}: ${sentence}`);
    expect(sentences.filter((each) => told.includes(each))).not.toEqual([]);
    // It stays open while news come.
    await nextNews(page);
    expect(await story.getAttribute("open")).toBe("");

    // Everything open: readable in both schemes, and nothing wider than a phone.
    await page.getByLabel("Find by id").fill("");
    await page.evaluate(() => {
      for (const each of document.querySelectorAll("details")) each.open = true;
    });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate(faintTexts)).toEqual([]);
    }
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(await page.content()).not.toContain(CANARY);

    // The policy for people, in the same look.
    const policy = await browser.newPage({ viewport: { width: 360, height: 740 } });
    policy.on("console", (message) => complaints.push(message.text()));
    await policy.goto(`http://127.0.0.1:${served.port}/policy`);
    expect(await policy.title()).toBe(`crest-gateway: policy ${gateway.policy().hash}`);
    expect(await policy.evaluate(faintTexts)).toEqual([]);
    expect(await policy.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await policy.close();

    // The tenant is well again.
    ill = false;
    while (gateway.families.snapshot().some(({ breaker }) => breaker !== "closed"))
      await ask(url, "GET", READ);
    await shows(page, "#families", /openidm\s*closed/);
    await shows(page, "#changes", /openidm: circuit closed/);

    // The process goes away, and another takes its place.
    admin.close();
    await shows(page, "#lost", /^No news from the gateway since .* Trying again\.$/);
    expect(await page.title()).toBe("(gone) crest-gateway");
    admin = (await serve(parts, served.port)).admin;
    await shows(page, "#back", /^The gateway is back since .* It was started anew/);
    expect(await page.locator("#lost").isVisible()).toBe(false);
    expect(complaints).toEqual([]);
  }, 120_000);

  it("shows hostile texts as text, asks when there is no place to watch from, and says what it is told", async () => {
    if (!browser) return;
    let broken = false;
    const hostile = '<img src=x onerror="document.title=1">';
    const mistake = `policy.yaml:3:1 deadlne: there is no such key ${hostile}`;
    const { admin: other, port } = await serve(
      calmParts({
        clock: systemClock,
        lastReloadSuccessful: () => false,
        families: () => {
          if (broken) throw new Error("no families today");
          return [family(hostile, { breaker: "open", opensInMs: 4200, inFlight: 3 })];
        },
        recent: {
          exchanges: () => [{ ...NOTABLE, path: hostile, transactionId: hostile }],
          changes: () => [{ at: NOTABLE.at, what: hostile }],
          reloads: () => ({ refused: { at: NOTABLE.at, mistakes: [mistake] } }),
        },
      }),
      0,
    );
    onTestFinished(() => other.close());
    const watching = Array.from({ length: MOST_WATCHERS }, () =>
      fetch(`http://127.0.0.1:${port}/status/events`),
    );
    for (const each of watching) expect((await each).status).toBe(200);
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/status`);
    await shows(page, "#families", /<img src=x.*open, probe in 5 s.*3 \/ 128/s);
    await shows(page, "#refused", /The policy file was refused at .*deadlne: there is no such key <img/s);
    await shows(page, "#changes", /<img src=x/);
    await page.locator("#exchanges summary").click();
    await shows(
      page,
      "#exchanges",
      /overloaded: Too many requests are already waiting for the tenant\. Or: /,
    );
    await nextNews(page);
    // There is news by asking: nothing is amiss.
    expect(await page.locator("#lost").isVisible()).toBe(false);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.locator("#past").isVisible()).toBe(false);
    broken = true;
    await shows(page, "#lost", /^No news from the gateway since .*: it answered 500\. /);
  }, 60_000);
});

const NOTABLE: NotableExchange = {
  at: "2026-01-01T00:00:00.000Z",
  id: "e-1",
  transactionId: "t-1",
  method: "PUT",
  path: "/openidm/managed/alpha_user/…",
  route: "users",
  status: 503,
  attempts: 0,
  durationMs: 12,
  meaning: undefined,
  processed: "no",
  reason: "overloaded",
  settled: undefined,
  story: undefined,
};

async function serve(parts: AdminParts, port: number): Promise<{ admin: Admin; port: number }> {
  const admin = createAdmin(parts);
  await new Promise<void>((resolve) => admin.http.listen(port, "127.0.0.1", resolve));
  return { admin, port: (admin.http.address() as AddressInfo).port };
}

/** Until the page shows it there. */
async function shows(page: Page, where: string, text: RegExp): Promise<void> {
  await page.locator(where).filter({ hasText: text, visible: true }).waitFor();
}

async function nextNews(page: Page): Promise<void> {
  const before = await page.locator("#uptime").innerText();
  await page.waitForFunction(
    (text) => (document.querySelector("#uptime") as HTMLElement).innerText !== text,
    before,
  );
}
