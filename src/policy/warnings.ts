/**
 * What is allowed in a policy file and is yet worth a word: keys that do nothing, and names that look misspelt.
 */
import type { Source } from "./compile-routes.ts";
import type { Path } from "./mistakes.ts";
import { nearest } from "./nearest.ts";
import type { Mistake } from "./policy.ts";

const NOTHING_YET = "does nothing yet";

export function warnings(source: Source): Mistake[] {
  const { written, operator } = source;
  const { document } = operator;
  const warn = (present: boolean, path: Path) => (present ? [document.keyMistake(path, NOTHING_YET)] : []);
  return [
    ...warn(written.lostAnswers !== undefined, ["lostAnswers"]),
    ...(written.routes ?? []).flatMap((route, index) => [
      ...warn(route.lostAnswers !== undefined, ["routes", index, "lostAnswers"]),
      ...warn(route.replayableCreates !== undefined, ["routes", index, "replayableCreates"]),
      ...misspeltFamily(source, route.family, index),
    ]),
  ];
}

/** A family that nobody else knows is allowed: it gets a circuit of its own. One letter off, it is hardly meant. */
function misspeltFamily({ profile, operator }: Source, family: string | undefined, index: number): Mistake[] {
  if (family === undefined || profile.families.some(({ name }) => name.matches(family))) return [];
  const near = nearest(
    family,
    profile.families.map(({ row }) => row.family),
  );
  if (near === undefined) return [];
  const message = `"${family}" is a family of its own; did you mean "${near}"?`;
  return [operator.document.mistake(["routes", index, "family"], message)];
}
