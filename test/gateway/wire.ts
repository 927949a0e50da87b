/**
 * An upstream that does to every attempt what a question says, byte for byte, and the ways to tenants that cannot be
 * reached at all. It counts what it sees.
 */
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import net, { type AddressInfo } from "node:net";
import tls from "node:tls";
import { gzipSync } from "node:zlib";
import { formatHttpDate } from "./dates.ts";
