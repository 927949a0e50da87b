/** Too much load is bounded in every second, and over as soon as its cause is; the long ones are in `npm run torture`. */
import { expect, it } from "vitest";
import { figures } from "./overload.ts";

it("outage and overload cost callers and tenant no more than is promised", async () => {
  const differing = (await figures("short")).filter(({ ok }) => !ok);
  expect(differing).toEqual([]);
}, 60_000);
