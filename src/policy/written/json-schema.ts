/**
 * The policy file's JSON Schema, from which editors complete, explain and check it.
 */
import { z } from "zod";
import { policyFile } from "./schema.ts";

/** A value that a variable will fill. */
const REFERENCE = "\\$\\{.+\\}";

/** Draft 7, which every YAML editor knows. */
export function policyJsonSchema(): unknown {
  const { $schema, ...schema } = z.toJSONSchema(policyFile, {
    io: "input",
    target: "draft-07",
    override: ({ jsonSchema }) => allowReferences(jsonSchema),
  });
  return {
    $schema,
    title: "crest-gateway policy",
    description:
      "How the gateway retries, protects and explains; where it listens and connects is said by flags.",
    ...schema,
  };
}

/** Editors see `${NAME}` before it is filled, wherever a text of a certain form, a number or a word is expected. */
function allowReferences(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.pattern !== undefined) schema.pattern = `${schema.pattern}|${REFERENCE}`;
  const { type, enum: words, minimum, maximum } = schema;
  if (words === undefined && type !== "integer" && type !== "number" && type !== "boolean") return;
  if (schema.const !== undefined) return;
  for (const key of ["type", "enum", "minimum", "maximum"] as const) delete schema[key];
  const written = { type, enum: words, minimum, maximum };
  schema.anyOf = [
    Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined)),
    { type: "string", pattern: REFERENCE },
  ];
}
