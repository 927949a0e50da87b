/** How confined a container's program is, as it sees itself from within. */
import { MEMORY_MIB } from "./containers.ts";

/** For Node in the container: its standing with the kernel, and what becomes of an attempt to write, as JSON. */
export const LOOK = `const { readFileSync, writeFileSync } = require("node:fs");
const writing = (path) => { try { writeFileSync(path, ""); return "written"; } catch ({ code }) { return code; } };
const status = readFileSync("/proc/1/status", "utf8");
const field = (name) => new RegExp("^" + name + ":\\\\s*(\\\\S+)", "m").exec(status)[1];
console.log(JSON.stringify({
  uid: field("Uid"), gid: field("Gid"), effective: field("CapEff"), bounding: field("CapBnd"),
  noNewPrivileges: field("NoNewPrivs"), seccomp: field("Seccomp"), memory: process.constrainedMemory(),
  options: /^NODE_OPTIONS=(.*)$/m.exec(readFileSync("/proc/1/environ", "utf8").replaceAll("\\0", "\\n"))[1],
  app: writing("/app/x"), policy: writing("/etc/crest-gateway/x"), tmp: writing("/tmp/x"),
}));`;

/** What it sees where the pod is as the charts have it. */
export const CONFINED = {
  uid: "65532",
  gid: "65532",
  effective: "0000000000000000",
  bounding: "0000000000000000",
  noNewPrivileges: "1",
  seccomp: "2",
  memory: MEMORY_MIB * 1024 * 1024,
  options: "--max-old-space-size=153 --max-semi-space-size=4",
  app: "EROFS",
  policy: "EROFS",
  tmp: "EROFS",
};
