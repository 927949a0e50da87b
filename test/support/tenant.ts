/** A tenant to send to, with the limits that the built-in policy has; what a test is about it says itself. */
import type { LookupFunction } from "node:net";
import { createTenant, type Options, type Tenant } from "../../src/upstream/tenant.ts";

export const CONNECTION: Options["connection"] = {
  idleMs: 30_000,
  maxAgeMs: 300_000,
  headBytes: 64 * 1024,
};

/** A resolver by which every name is at the address that is current, and the names that it was asked for. */
export function namesAt(address: () => string): {
  readonly lookup: LookupFunction;
  readonly asked: string[];
} {
  const asked: string[] = [];
  const lookup: LookupFunction = (name, options, done) => {
    asked.push(name);
    if (options.all) done(null, [{ address: address(), family: 4 }]);
    else done(null, address(), 4);
  };
  return { lookup, asked };
}

export type TenantParts = Omit<Partial<Options>, "connection"> & {
  readonly connection?: Partial<Options["connection"]>;
};

export function tenantAt(url: string, { connection, ...parts }: TenantParts = {}): Tenant {
  return createTenant(new URL(url), { ...parts, connection: { ...CONNECTION, ...connection } });
}
