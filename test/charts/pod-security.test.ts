/** The check for Pod Security "restricted" itself: a good pod passes, and each way to break the profile is found. */
import { describe, expect, it } from "vitest";
import type { Manifest } from "./manifests.ts";
import { restrictedProblems } from "./pod-security.ts";

const secure = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};

const pod = (container: Manifest = {}, spec: Manifest = {}): Manifest => ({
  containers: [{ name: "app", securityContext: secure, ...container }],
  ...spec,
});
const secured = (more: Manifest): Manifest => pod({ securityContext: { ...secure, ...more } });

describe("restrictedProblems", () => {
  it.each([
    ["a container that says everything itself", pod()],
    [
      "a container that leaves to its pod what may be left to it",
      pod(
        { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } },
        { securityContext: { runAsNonRoot: true, seccompProfile: { type: "Localhost" } } },
      ),
    ],
    [
      "the one capability that may be added",
      secured({ capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } }),
    ],
    [
      "volumes of harmless sorts",
      pod(
        {},
        {
          volumes: [
            { name: "v", configMap: {} },
            { name: "w", emptyDir: {} },
          ],
        },
      ),
    ],
  ])("lets pass %s", (_, spec) => {
    expect(restrictedProblems(spec)).toEqual([]);
  });

  it.each([
    ["hostNetwork", pod({}, { hostNetwork: true })],
    ["hostPID", pod({}, { hostPID: true })],
    ["hostIPC", pod({}, { hostIPC: true })],
    ["volumes: v", pod({}, { volumes: [{ name: "v", hostPath: { path: "/" } }] })],
    ["securityContext.sysctls", pod({}, { securityContext: { sysctls: [{ name: "a", value: "b" }] } })],
    ["securityContext.runAsUser", pod({}, { securityContext: { runAsUser: 0 } })],
    ["app: securityContext.runAsUser", secured({ runAsUser: 0 })],
    ["app: securityContext.privileged", secured({ privileged: true })],
    ["app: securityContext.allowPrivilegeEscalation", secured({ allowPrivilegeEscalation: undefined })],
    ["app: securityContext.capabilities.drop", secured({ capabilities: {} })],
    [
      "app: securityContext.capabilities.add",
      secured({ capabilities: { drop: ["ALL"], add: ["SYS_TIME"] } }),
    ],
    ["app: securityContext.seLinuxOptions", secured({ seLinuxOptions: { type: "spc_t" } })],
    ["app: securityContext.appArmorProfile.type", secured({ appArmorProfile: { type: "Unconfined" } })],
    ["app: securityContext.procMount", secured({ procMount: "Unmasked" })],
    ["app: securityContext.runAsNonRoot", secured({ runAsNonRoot: undefined })],
    ["app: securityContext.seccompProfile.type", secured({ seccompProfile: { type: "Unconfined" } })],
    ["app: ports", pod({ ports: [{ containerPort: 1, hostPort: 1 }] })],
    ["app: livenessProbe.httpGet.host", pod({ livenessProbe: { httpGet: { host: "node", port: 1 } } })],
  ])("finds %s", (problem, spec) => {
    expect(restrictedProblems(spec)).toEqual([problem]);
  });

  it("looks at init containers too", () => {
    expect(
      restrictedProblems(pod({}, { initContainers: [{ name: "first", securityContext: secure }] })),
    ).toEqual([]);
    expect(restrictedProblems(pod({}, { initContainers: [{ name: "first" }] }))).toHaveLength(4);
  });
});
