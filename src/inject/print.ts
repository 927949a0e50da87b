/** How YAML is written: as the text around it is, as far as that can be seen. */
import { Document, isScalar, type Node, Scalar, visit } from "yaml";
import type { Manifest } from "./workloads.ts";

/** A changed document's text; `like` is the text it had. */
export function print(yaml: Document, like: string): string {
  return yaml.toString({ lineWidth: 0, ...indentation(like) });
}

/** A document that was not there, in the manner of `like`. */
export function printNew(manifest: Manifest, like: string): string {
  const yaml = new Document(manifest, { version: "1.1", aliasDuplicateObjects: false });
  asBlocks(yaml);
  return `---\n${print(yaml, like)}`;
}

/** Longer texts line by line, where the printer can: what would not survive that stays in quotes. */
export function asBlocks(yaml: Document | Node): void {
  visit(yaml, (_, node) => {
    if (isScalar(node) && typeof node.value === "string" && node.value.includes("\n"))
      node.type = Scalar.BLOCK_LITERAL;
  });
}

/** `kubectl` writes a list's dashes below the first letter of its key, many people write them further right. */
function indentation(like: string): { readonly indent: number; readonly indentSeq: boolean } {
  const list = /^( *)(?:- )?[^\s#-][^\n]*:[ \t]*\n( *)- /m.exec(like);
  const map = /^[^\s#-][^\n]*:[ \t]*\n( +)[^\s#-]/m.exec(like);
  return {
    indent: map?.[1]?.length ?? 2,
    indentSeq: list !== null && (list[2]?.length ?? 0) > (list[1]?.length ?? 0),
  };
}
