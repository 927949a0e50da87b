/**
 * What `docs/meanings.md` promises its readers beyond being what `npm run generate` writes: each of the API's codes has a
 * place of its own, no row is left out, and each says how it is known.
 */
import { describe, expect, it } from "vitest";
import { meaningsPage, VENDOR_SAYS } from "../../scripts/meanings-page.ts";
import { commentOf } from "../../scripts/row-comments.ts";
import type { AnswerRow } from "../../src/decide/rows.ts";
import { FAILURES, MEANINGS } from "../../src/decide/words.ts";
import { policyOf } from "../policy/compiled.ts";

const page = meaningsPage();
const policy = policyOf("extends: aic");
const { answers, operations } = policy.fallback;

/** The eighteen codes of the API's own page on status codes. */
const DOCUMENTED = [200, 201, 204, 304, 400, 401, 403, 404, 405, 406, 409, 410, 412, 415, 428, 500, 501, 503];

/** The status of a row that speaks about one and asks for nothing else. */
function ownStatus(when: AnswerRow["when"]): number | undefined {
  const [only, ...more] = when.statuses ?? [];
  const isOne = Object.keys(when).length === 1 && more.length === 0 && only?.from === only?.to;
  return isOne ? only?.from : undefined;
}

/** What stands under a heading, down to the next of any rank. */
function section(heading: string): string {
  const [, text] = page.split(`\n${heading}\n`);
  if (text === undefined) throw new Error(`no heading ${heading}`);
  return text.split(/\n#+ /)[0] ?? "";
}

describe("the page of meanings", () => {
  it("has the eighteen codes that the API documents, in order, before all others", () => {
    expect(VENDOR_SAYS.map(([status]) => status)).toEqual(DOCUMENTED);
    const headings = [...page.matchAll(/^### (\d+) /gm)].map(([, status]) => Number(status));
    expect(headings.slice(0, DOCUMENTED.length)).toEqual(DOCUMENTED);
    expect(headings.slice(DOCUMENTED.length)).toEqual([408, 425, 429, 502, 504]);
  });

  it.each(VENDOR_SAYS)(
    "says of %i what the vendor says and what the code's own row says",
    (status, name, says) => {
      const own = answers.rows.find(({ when }) => ownStatus(when) === status);
      const text = section(`### ${status} ${name}`);
      expect(text).toContain(`The vendor says: ${says}`);
      const last = text.trim().split("\n").at(-1);
      expect(last).toMatch(/^\| (always|otherwise) \|/);
      expect(last).toContain(`[${own?.means}]`);
      expect(last).toContain(commentOf(own?.at ?? ""));
    },
  );

  it("leaves out no row about answers that could ever decide", () => {
    const decided = new Set<number>();
    for (const { when, at } of answers.rows) {
      const own = ownStatus(when);
      if (own !== undefined && decided.has(own)) continue;
      if (own !== undefined) decided.add(own);
      if (!when.failures) expect(page).toContain(commentOf(at));
    }
  });

  it("has every meaning, every failure and every row about requests", () => {
    const firstCells = (heading: string) =>
      [...section(heading).matchAll(/^\| (\S[^|]*?) \|/gm)].map(([, cell]) => cell).slice(1);
    expect(firstCells("## 2. Meanings")).toEqual(MEANINGS);
    expect(firstCells("## 3. Attempts that brought no answer")).toEqual(FAILURES);
    expect(firstCells("## 4. Requests").length).toBeGreaterThan(operations.rows.length);
    for (const { at } of operations.rows) expect(section("## 4. Requests")).toContain(commentOf(at));
  });

  it("names no line of a file: it would change with every comment", () => {
    expect(page).not.toMatch(/\.yaml:\d/);
  });
});

describe("the rows of the profiles aic and crest", () => {
  const rows = [
    ...answers.rows,
    ...operations.rows,
    ...policy.origins.rows.slice(0, 3),
    ...policy.dialects.rows,
  ];
  it("say how they are known", () => {
    const known = /recorded|documented|source|seen|reported|measured|RFC \d|OpenID|SAML 2/i;
    const ours = rows.map(({ at }) => at).filter((at) => !at.includes("none.yaml"));
    expect(ours.length).toBeGreaterThan(100);
    expect(ours.filter((at) => !known.test(commentOf(at)))).toEqual([]);
  });
});
