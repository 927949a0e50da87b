/** The project's own TypeScript files as text: what each imports, and where imports go round in a circle. */
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";

/** Paths are as seen from `src/`: `policy/load.ts`, `../scripts/generate.ts`. */
export type File = { readonly path: string; readonly text: string; readonly imports: readonly string[] };

/** `import … from "x"`, `export … from "x"`, `import "x"`, `import("x")`, also in types. */
const IMPORT =
  /^(?:import|export)\b[^;"']*?\bfrom\s*"([^"]+)"|^import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm;

export function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORT)].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? "");
}

const ROOT = new URL("../../", import.meta.url);

/** Every file in a folder of the repository, in the order of their paths. */
export function filesIn(folder: string): File[] {
  const seen = (path: string): string => posix.relative("src", path);
  return readdirSync(new URL(folder, ROOT), { recursive: true, encoding: "utf8" })
    .map((path) => posix.join(folder, path.replaceAll("\\", "/")))
    .filter((path) => path.endsWith(".ts"))
    .toSorted()
    .map((path) => {
      const text = readFileSync(new URL(path, ROOT), "utf8");
      const imports = importsOf(text).map((name) =>
        name.startsWith(".") ? seen(posix.join(posix.dirname(path), name)) : name,
      );
      return { path: seen(path), text, imports };
    });
}

/** The first circle from each file that has one, as `a > b > a`. */
export function circlesIn(files: readonly Pick<File, "path" | "imports">[]): string[] {
  const next = new Map(files.map(({ path, imports }) => [path, imports]));
  const finished = new Set<string>();
  const circleFrom = (path: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (finished.has(path)) return [];
    const circle = (next.get(path) ?? [])
      .map((to) => circleFrom(to, [...trail, path]))
      .find((each) => each.length > 0);
    finished.add(path);
    return circle ?? [];
  };
  return files.map(({ path }) => circleFrom(path, []).join(" > ")).filter((circle) => circle !== "");
}

/** The program alone: comments may speak about anything. */
export function withoutComments({ text }: File): string {
  return text.replaceAll(/(^|\s)\/\*[\s\S]*?\*\//g, "$1").replaceAll(/(^|\s)\/\/.*$/gm, "$1");
}
