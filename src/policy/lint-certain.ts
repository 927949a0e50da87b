/** What the lint may rely on: only what was written without a mistake tells what was meant. */
import type { Layer } from "./layers.ts";
import type { Path } from "./mistakes.ts";

/** Whether all that was written at this place of the layer could be read. */
export function isCertain({ document, path, spoilt }: Layer, below: Path): boolean {
  return !spoilt(document.pathAsWritten([...path, ...below]));
}
