/**
 * Keeps the picture of the folders true: imports point down only, the pure folders stay pure, and each library is known
 * in one place. A type-only import counts as an import: whoever knows a shape knows the thing.
 */
import { builtinModules } from "node:module";
import { dirname, join } from "node:path/posix";
import { describe, expect, it } from "vitest";
import { circlesIn, type File, filesIn, importsOf, withoutComments } from "./support/sources.ts";

/** From top to bottom. A file may import from its own folder and from any level below. */
const LEVELS: readonly (readonly string[])[] = [
  ["main.ts", "cli"],
  ["server", "rehearse", "admin", "inject"],
  ["gateway"],
  ["upstream", "observe", "policy"],
  ["guard"],
  ["problem"],
  ["decide"],
  ["crest", "http"],
  ["clock.ts", "json.ts", "error-code.ts", "certificate.ts"],
];

/** What stands beside the levels: whom it may import, and who may import it. */
const BESIDE = { folder: "demo", imports: ["clock.ts", "http"], importedBy: ["cli"] };

/** On one level, and yet below the other. */
const SAME_LEVEL_DOWN: readonly (readonly [from: string, to: string])[] = [["main.ts", "cli"]];

/** Programs beside the product: each may import whatever it likes of it, nobody imports them. */
const TOOLS = ["../scripts", "../bench"];

/** What only one file may know, whatever the levels say. */
const KNOWN_TO_ONE: readonly (readonly [what: string, by: string])[] = [["policy/lint/", "policy/load.ts"]];

/** What a file is to do without, though it may: the healthy road leads past the rooms of trouble. */
const UNKNOWN_TO: readonly (readonly [what: string, by: string])[] = [
  ["gateway/lost/", "gateway/exchange.ts"],
];

/** They do no I/O, know no clock and no chance. */
const PURE = ["http", "crest", "decide", "problem"];

const UNDICI_CLIENT = "undici/lib/dispatcher/client.js";

/** Every library, and the only places that may know it. */
const LIBRARIES: Readonly<Record<string, string | readonly string[]>> = {
  undici: ["upstream/connections.ts", "upstream/through-undici.ts", "upstream/undici-client.d.ts"],
  [UNDICI_CLIENT]: "upstream/connections.ts",
  "http-proxy": "upstream/through-http-proxy.ts",
  cockatiel: ["guard/", "gateway/again.ts"],
  "prom-client": "observe/metrics.ts",
  pino: "observe/log.ts",
  zod: "policy/",
  yaml: ["policy/", "inject/", "../scripts/policy-keys.ts"],
  rolldown: ["../scripts/bundle.ts", "../scripts/status-page-script.ts"],
  "playwright-core": "../scripts/screenshots.ts",
  "http-proxy-original": "../bench/rivals/http-proxy.ts",
  "@fastify/http-proxy": "../bench/rivals/fastify-proxy.ts",
  fastify: "../bench/rivals/fastify-proxy.ts",
};

/** The only ways to time and chance; all of them stand in `clock.ts`. */
const TIME_AND_CHANCE = [
  /\bDate\.now\b/,
  /\bnew Date\(\)/,
  /\bMath\.random\b/,
  // As a function: a server's or socket's own idle limit is a method of it.
  /(?<!\.)\bset(Timeout|Interval)\b/,
  /\bperformance\s*\./,
];

/** What reaches out of a function besides. */
const WORLD = [
  /\bprocess\s*[.[]/,
  /\bset(Immediate|Timeout|Interval)\b/,
  /\bqueueMicrotask\b/,
  /\bcrypto\s*\./,
  /\bfetch\(/,
];

/** A program that runs in a browser, which has a clock of its own; and programs that measure by the real one. */
const CLOCKS_OF_THEIR_OWN = ["admin/page/", "admin/page-script.generated.ts", "../bench/"];

/** The program in a browser: what it may be made of besides shapes. Nobody imports it. */
const PAGE = {
  folder: "admin/page/",
  madeOf: ["admin/page/", "admin/words.ts", "decide/", "gateway/messages.ts"],
};

const LONGEST_FILE = 300;

const FILES: readonly File[] = ["src", "scripts", "bench"].flatMap(filesIn);

const PATHS = new Set(FILES.map(({ path }) => path));

/** The folder a file stands in, or the file itself when it stands in none. */
const place = (path: string): string => /^(\.\.\/)?[^/]+/.exec(path)?.[0] ?? path;
const level = (path: string): number => LEVELS.findIndex((places) => places.includes(place(path)));
const isLibrary = (name: string): boolean => !PATHS.has(name) && !isBuiltin(name);
const isBuiltin = (name: string): boolean => name.startsWith("node:") || builtinModules.includes(name);

/** One line for each thing found in each file that `where` picks. */
function findings(where: (file: File) => boolean, find: (file: File) => readonly string[]): string[] {
  return FILES.filter(where).flatMap((file) => find(file).map((found) => `${file.path}: ${found}`));
}

const matchesOf = (patterns: readonly RegExp[]) => (file: File) =>
  patterns.flatMap((pattern) => pattern.exec(withoutComments(file))?.[0] ?? []);

function mayImport(from: string, to: string): boolean {
  const [here, there] = [place(from), place(to)];
  if (here === there) return true;
  if (TOOLS.includes(here) || TOOLS.includes(there)) return !TOOLS.includes(there);
  if (here === BESIDE.folder) return BESIDE.imports.includes(there);
  if (there === BESIDE.folder) return BESIDE.importedBy.includes(here);
  if (SAME_LEVEL_DOWN.some(([upper, lower]) => upper === here && lower === there)) return true;
  return level(from) < level(to);
}

describe("this test itself", () => {
  it("reads the sources", () => {
    expect(FILES.length).toBeGreaterThan(50);
    expect(FILES.flatMap(({ imports }) => imports).length).toBeGreaterThan(200);
  });

  it("finds every import that a file can write", () => {
    const text = [
      'import a from "./a.ts";',
      'import type { B } from "./b.ts";',
      'import {\n  c,\n  type D,\n} from "./c.ts";',
      'import * as d from "./d.ts";',
      'import "./e.ts";',
      'export { f } from "./f.ts";',
      'export * from "./g.ts";',
      'const h = await import("./h.ts");',
      'type I = import("./i.ts").I;',
      'export const from = "./not-this.ts";',
    ].join("\n");
    expect(importsOf(text)).toEqual(
      ["a", "b", "c", "d", "e", "f", "g", "h", "i"].map((name) => `./${name}.ts`),
    );
  });

  it("sees time and chance where they are", () => {
    expect(FILES.filter(({ path }) => path === "clock.ts").flatMap(matchesOf(TIME_AND_CHANCE))).toEqual([
      "Date.now",
      "Math.random",
      "setTimeout",
      "performance.",
    ]);
  });

  it.each([
    ["main.ts", "cli/serve/serve.ts", true],
    ["cli/serve/serve.ts", "main.ts", false],
    ["cli/serve/serve.ts", "demo/tenant.ts", true],
    ["server/server.ts", "gateway/exchange.ts", true],
    ["server/server.ts", "clock.ts", true],
    ["server/server.ts", "admin/server.ts", false],
    ["admin/status.ts", "observe/events.ts", true],
    ["gateway/exchange.ts", "server/server.ts", false],
    ["observe/events.ts", "policy/policy.ts", false],
    ["policy/policy.ts", "guard/settings.ts", true],
    ["guard/circuit.ts", "observe/events.ts", false],
    ["crest/operation.ts", "http/etag.ts", false],
    ["demo/tenant.ts", "http/target.ts", true],
    ["demo/tenant.ts", "crest/words.ts", false],
    ["gateway/exchange.ts", "demo/tenant.ts", false],
    ["cli/inject/inject.ts", "inject/inject.ts", true],
    ["inject/inject.ts", "server/server.ts", false],
    ["../scripts/generate.ts", "policy/load.ts", true],
    ["../scripts/generate.ts", "../scripts/dashboard.ts", true],
    ["../scripts/generate.ts", "../bench/sizes.ts", false],
    ["policy/load.ts", "../scripts/generate.ts", false],
  ])("knows whether %s may import %s: %s", (from, to, may) => {
    expect(mayImport(from, to)).toBe(may);
  });

  it("knows where every file stands", () => {
    expect(
      findings(
        ({ path }) => ![BESIDE.folder, ...TOOLS].includes(place(path)) && level(path) < 0,
        () => ["has no level"],
      ),
    ).toEqual([]);
  });

  it("knows what every import names", () => {
    const unknown = (name: string) => isLibrary(name) && !Object.hasOwn(LIBRARIES, name);
    expect(
      findings(
        () => true,
        ({ imports }) => imports.filter(unknown),
      ),
    ).toEqual([]);
  });
});

describe("imports", () => {
  it("point down only", () => {
    const wrong = ({ path, imports }: File) => imports.filter((to) => PATHS.has(to) && !mayImport(path, to));
    expect(findings(() => true, wrong)).toEqual([]);
  });

  it.each(KNOWN_TO_ONE)("of %s are in %s only", (what, by) => {
    const knows = ({ imports }: File) => imports.some((to) => to.startsWith(what));
    const knowing = FILES.filter((file) => !file.path.startsWith(what) && knows(file));
    expect(knowing.map(({ path }) => path)).toEqual([by]);
  });

  it.each(UNKNOWN_TO)("of %s are not in %s", (what, by) => {
    expect(PATHS.has(by) && FILES.some(({ path }) => path.startsWith(what))).toBe(true);
    expect(
      findings(
        ({ path }) => path === by,
        ({ imports }) => imports.filter((to) => to.startsWith(what)),
      ),
    ).toEqual([]);
  });

  it(`of ${PAGE.folder} are of what a browser can run, and nothing runs it but a browser`, () => {
    const ofPage = ({ path }: File) => path.startsWith(PAGE.folder);
    expect(FILES.some(ofPage)).toBe(true);
    // Shapes are gone before it runs.
    const run = ({ path, text }: File) =>
      importsOf(text.replace(/^import type .*$/gm, "")).map((name) => join(dirname(path), name));
    const foreign = (file: File) =>
      run(file).filter((to) => !PAGE.madeOf.some((each) => to.startsWith(each)));
    expect(findings(ofPage, foreign)).toEqual([]);
    const running = ({ imports }: File) => imports.filter((to) => to.startsWith(PAGE.folder));
    expect(findings((file) => !ofPage(file), running)).toEqual([]);
  });

  it("never go round in a circle", () => {
    expect(circlesIn(FILES)).toEqual([]);
  });

  it("name node's own modules with their prefix", () => {
    const bare = (name: string) => isBuiltin(name) && !name.startsWith("node:");
    expect(
      findings(
        () => true,
        ({ imports }) => imports.filter(bare),
      ),
    ).toEqual([]);
  });

  it("name the file that says a thing, never one that passes it on", () => {
    expect(
      findings(
        () => true,
        ({ text }) => text.match(/^export\b[^;"']*?\bfrom\s*".*"/gm) ?? [],
      ),
    ).toEqual([]);
  });

  it("name files, never folders", () => {
    expect(
      findings(
        ({ path }) => path.endsWith("index.ts"),
        () => ["is a barrel"],
      ),
    ).toEqual([]);
    // But for the one part of a library whose entrance would bring all of it along.
    const parts = (name: string) => name.split("/").length - (name.startsWith("@") ? 1 : 0);
    const missing = (name: string) => isLibrary(name) && parts(name) > 1 && name !== UNDICI_CLIENT;
    expect(
      findings(
        () => true,
        ({ imports }) => imports.filter(missing),
      ),
    ).toEqual([]);
  });
});

describe("each library", () => {
  it.each(Object.entries(LIBRARIES))("%s is known in %s only", (library, where) => {
    const isOf = (name: string) => name === library || name.startsWith(`${library}/`);
    const knowing = FILES.filter(({ imports }) => imports.some(isOf)).map(({ path }) => path);
    expect(knowing.filter((path) => ![where].flat().some((each) => path.startsWith(each)))).toEqual([]);
    expect(knowing).not.toEqual([]);
  });
});

describe("the pure folders", () => {
  const pure = ({ path }: File): boolean => PURE.includes(place(path));

  it("know nothing of Node but its bytes", () => {
    const foreign = (name: string) => isBuiltin(name) && name !== "node:buffer";
    expect(findings(pure, ({ imports }) => imports.filter(foreign))).toEqual([]);
  });

  it("know no library, no clock and no chance", () => {
    const foreign = (name: string) => name === "clock.ts" || isLibrary(name);
    expect(findings(pure, ({ imports }) => imports.filter(foreign))).toEqual([]);
    expect(findings(pure, matchesOf([...TIME_AND_CHANCE, ...WORLD]))).toEqual([]);
  });
});

describe("time and chance", () => {
  it("are read in clock.ts and nowhere else", () => {
    const exempt = ["clock.ts", ...CLOCKS_OF_THEIR_OWN];
    const bound = ({ path }: File) => !exempt.some((each) => path.startsWith(each));
    expect(findings(bound, matchesOf(TIME_AND_CHANCE))).toEqual([]);
  });
});

describe("files", () => {
  it(`are shorter than ${LONGEST_FILE} lines`, () => {
    const tooLong = ({ text }: File) => text.split("\n").length > LONGEST_FILE;
    expect(
      findings(tooLong, ({ text }) => [`${text.split("\n").length} lines: what second idea moved in?`]),
    ).toEqual([]);
  });
});
