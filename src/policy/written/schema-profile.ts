/**
 * The built-in profiles as they are written: the operator's keys without routes and tests, and the tables that only a
 * profile has.
 */
import type { z } from "zod";
import { DIALECTS } from "../../decide/words.ts";
import { originRow, requestMatch, tables } from "./schema-rows.ts";
import { connection, familySettings, listener, maxBody, settings, throttle } from "./schema-settings.ts";
import { exactly, list, oneOrMany, section, size, text, word } from "./values.ts";

const familyRow = section({
  path: oneOrMany(text("a path", /^\//), "a path"),
  family: text(
    "a family, in which one * stands for the segment that the path's first * matched",
    /^[a-z0-9-]*\*?$/,
  ),
  ...familySettings(),
});
export type FamilyRowWritten = z.output<typeof familyRow>;

const dialectRow = section({ match: requestMatch, dialect: word(DIALECTS) });

export const profileFile = section({
  version: exactly(1),
  extends: word(["crest", "none"]).optional(),
  ...settings(),
  replay: section({ maxBody: maxBody(), memory: size({ max: "64GiB" }).optional() }).optional(),
  throttle: throttle.optional(),
  forwarded: word(["none", "append"]).optional(),
  connection: connection(),
  listener: listener.optional(),
  ...tables(),
  origins: list(originRow, "origins").optional(),
  dialects: list(dialectRow, "dialects").optional(),
  families: list(familyRow, "families").optional(),
  neverReturned: list(text("a field's name, in which * stands for anything"), "names of fields").optional(),
});
export type ProfileWritten = z.output<typeof profileFile>;
