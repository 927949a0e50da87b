/**
 * The checks of a file whose every value is well formed: what its parts say of each other and of the profile under them.
 * They only say what is wrong; nothing of them goes into the policy.
 */
import type { Source } from "../compile-routes.ts";
import type { Mistake } from "../written/mistakes.ts";
import { familyMistakes, familyWarnings } from "./families.ts";
import { meaningMistakes, meaningWarnings } from "./meanings.ts";
import { nameMistakes, routeMistakes } from "./routes.ts";
import { rowMistakes } from "./rows.ts";
import { settingMistakes } from "./settings.ts";
import { testMistakes } from "./tests.ts";

const MISTAKES: readonly ((source: Source) => Mistake[])[] = [
  nameMistakes,
  settingMistakes,
  familyMistakes,
  routeMistakes,
  rowMistakes,
  meaningMistakes,
  testMistakes,
];

/** What is allowed and is yet worth a word. */
const WARNINGS: readonly ((source: Source) => Mistake[])[] = [familyWarnings, meaningWarnings];

/** With one of these the file is not taken. */
export function mistakesIn(source: Source): Mistake[] {
  return MISTAKES.flatMap((check) => check(source));
}

export function warningsIn(source: Source): Mistake[] {
  return WARNINGS.flatMap((check) => check(source));
}
