/** What is in the tenant when it starts. Nobody here exists. */
import type { Fields } from "./request.ts";

/** Every seeded user signs in with this. */
export const PASSWORD = "Passw0rd!demo";

/** The object whose time is over: it answers 410. */
export const EXPIRED_INVITATION = "0d6f6a52-4d0b-4e0c-8a0e-5f2a3f7d9e10";

const user = (userName: string, givenName: string, sn: string): Fields => ({
  userName,
  givenName,
  sn,
  mail: `${userName}@example.com`,
  accountStatus: "active",
  loginCount: 0,
  roles: [],
  password: PASSWORD,
});

/** By collection, then by id. */
export const SEEDS: Readonly<Record<string, Readonly<Record<string, Fields>>>> = {
  "managed/alpha_user": {
    "3f5c1c1e-8a77-4a0b-9d53-6f1f0c5b7a01": user("aoki", "Mei", "Aoki"),
    "7b0e9a44-2f6d-4c39-8e15-90c2d4a1be02": user("brandt", "Jonas", "Brandt"),
    "c41d27f8-5e93-4b6a-a7c0-18e3f9d06c03": user("castro", "Lucia", "Castro"),
  },
  "managed/alpha_role": { support: { name: "support", description: "Answers the telephone" } },
  "managed/alpha_invitation": {
    [EXPIRED_INVITATION]: { mail: "late@example.com", expires: "2020-01-01T00:00:00Z" },
  },
  "internal/role": { "demo-admin": { name: "demo-admin", privileges: [] } },
  "system/ldap/account": { "5d0a7c3e": { uid: "aoki", cn: "Mei Aoki", password: PASSWORD } },
  applications: { "demo-shop": { name: "demo-shop", description: "A policy set" } },
};
