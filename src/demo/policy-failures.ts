/**
 * The tenant's policies about users: which members of an object break one.
 *
 * Pure. Real tenants also demand members; a demonstration that refuses half an object would only be in the way.
 */
import { type Fields, text } from "./request.ts";

type Failure = {
  readonly policyRequirements: readonly { readonly policyRequirement: string }[];
  readonly property: string;
};

const POLICIES: Readonly<Record<string, { readonly requirement: string; readonly broken: RegExp }>> = {
  userName: { requirement: "REQUIRED", broken: /^\s*$/ },
  mail: { requirement: "VALID_EMAIL_ADDRESS_FORMAT", broken: /^[^@]*$/ },
};

export function policyFailures(fields: Fields): readonly Failure[] {
  return Object.entries(POLICIES)
    .filter(([property, { broken }]) => broken.test(text(fields, property) ?? "fine@example.com"))
    .map(([property, { requirement }]) => ({
      policyRequirements: [{ policyRequirement: requirement }],
      property,
    }));
}
