/**
 * What is compared with what: a table. Each case is a process of its own; its price is told as a share of another
 * case's, measured in the same round.
 */
import { RETRYING, withRoutes } from "./policies.ts";
import type { ASKS } from "./requests.ts";

export type Case = {
  /** As `--only` and the results name it. */
  readonly name: string;
  readonly title: string;
  readonly program: "gateway" | "http-proxy" | "node-relay" | "fastify-proxy" | "nginx" | "haproxy";
  readonly asks: keyof typeof ASKS;
  /** The case whose price is 1. */
  readonly against?: string;
  /** What a price is divided by, where it is not the requests. */
  readonly per?: "attempt";
  readonly tls?: true;
  /** Of the gateway; the default policy where it is left out. */
  readonly policy?: string;
};

export const CASES: readonly Case[] = [
  { name: "http-proxy", title: "bare http-proxy 1.18.1", program: "http-proxy", asks: "read" },
  {
    name: "gateway",
    title: "crest-gateway, everything on",
    program: "gateway",
    asks: "read",
    against: "http-proxy",
  },
  {
    name: "node-relay",
    title: "bare node:http relay",
    program: "node-relay",
    asks: "read",
    against: "http-proxy",
  },
  {
    name: "fastify-proxy",
    title: "@fastify/http-proxy",
    program: "fastify-proxy",
    asks: "read",
    against: "http-proxy",
  },
  { name: "nginx", title: "nginx as a relay", program: "nginx", asks: "read", against: "http-proxy" },
  { name: "haproxy", title: "HAProxy as a relay", program: "haproxy", asks: "read", against: "http-proxy" },
  {
    name: "http-proxy-put",
    title: "bare http-proxy, PUT of 1 kB",
    program: "http-proxy",
    asks: "write",
  },
  {
    name: "gateway-put",
    title: "crest-gateway, PUT of 1 kB",
    program: "gateway",
    asks: "write",
    against: "http-proxy-put",
  },
  {
    name: "http-proxy-tls",
    title: "bare http-proxy, TLS to the tenant",
    program: "http-proxy",
    asks: "read",
    tls: true,
  },
  {
    name: "gateway-tls",
    title: "crest-gateway, TLS to the tenant",
    program: "gateway",
    asks: "read",
    tls: true,
    against: "http-proxy-tls",
  },
  {
    name: "gateway-10-routes",
    title: "crest-gateway, 10 routes",
    program: "gateway",
    asks: "read",
    policy: withRoutes(10),
  },
  {
    name: "gateway-100-routes",
    title: "crest-gateway, 100 routes",
    program: "gateway",
    asks: "read",
    policy: withRoutes(100),
    against: "gateway-10-routes",
  },
  {
    name: "gateway-503",
    title: "crest-gateway, 30 % 503, per attempt",
    program: "gateway",
    asks: "shaky",
    policy: RETRYING,
    per: "attempt",
    against: "gateway",
  },
  {
    name: "gateway-404",
    title: "crest-gateway, 404 rewritten",
    program: "gateway",
    asks: "missing",
    against: "http-proxy",
  },
];

/** Those of these names, and what they are compared with, in the table's order. */
export const chosen = (names: readonly string[]): readonly Case[] => {
  const wanted = new Set(names.filter((name) => CASES.some((each) => each.name === name)));
  for (const { name, against } of CASES) if (wanted.has(name) && against !== undefined) wanted.add(against);
  return CASES.filter(({ name }) => wanted.has(name));
};
