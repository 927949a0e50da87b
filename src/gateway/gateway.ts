/** What all exchanges share, for as long as the process lives. */
import type { Clock } from "../clock.ts";
import type { Families } from "../guard/families.ts";
import type { HeldMemory } from "../guard/held-memory.ts";
import type { Observe } from "../observe/events.ts";
import type { Policy } from "../policy/policy.ts";
import type { Tenant } from "../upstream/tenant.ts";
import type { RefusingCollections } from "./lost/replayable-create.ts";

export type Gateway = {
  readonly clock: Clock;
  /** The policy of this moment; an exchange keeps the one it began with. */
  readonly policy: () => Policy;
  readonly families: Families;
  readonly heldMemory: HeldMemory;
  readonly tenant: Tenant;
  readonly observe: Observe;
  /** Collections that do not take ids of ours. */
  readonly refusing: RefusingCollections;
};
