/**
 * The sidecar into every workload that is meant, and a ConfigMap before each. It takes manifests as plain values and
 * gives plain values back: either all that was asked for, or every reason why not. Of text it knows nothing.
 */
import { isRecord, memberOf } from "../json.ts";
import {
  configMap,
  configMapName,
  configMapProblem,
  foreignProblem,
  policySizeProblem,
} from "./config-map.ts";
import { podProblems, podWarnings, podWithSidecar } from "./pod.ts";
import type { SidecarSettings } from "./sidecar.ts";
import {
  isMeant,
  type Manifest,
  nameOf,
  shownWorkload,
  valueAt,
  WORKLOAD_KINDS,
  type Workload,
  withValueAt,
  workloadOf,
} from "./workloads.ts";

export type Injected = {
  /** One for each document that came in: what it says now, and what is to stand before it. */
  readonly documents: readonly { readonly before: readonly Manifest[]; readonly value: unknown }[];
  /** A line for each workload. */
  readonly done: readonly string[];
  readonly warnings: readonly string[];
};

export type Refused = { readonly problems: readonly string[] };

/** `only` names the workloads that are meant; when it is empty, all are. */
export function injectAll(
  documents: readonly unknown[],
  settings: SidecarSettings,
  only: readonly string[],
): Injected | Refused {
  const manifests = documents.flatMap(manifestsIn);
  const chosen = choose(manifests, only);
  if ("problems" in chosen) return chosen;
  const { workloads, left } = chosen;
  const size = policySizeProblem(settings.policy);
  const problems = [
    ...(size === undefined ? [] : [size]),
    ...workloads.flatMap((each) => problemsOf(each, settings, manifests)),
  ];
  if (problems.length > 0) return { problems };

  const replace = replacer(manifests, workloads, settings);
  const replaceIn = (value: unknown): readonly unknown[] => {
    const items = itemsOf(value);
    return items && isRecord(value) ? [{ ...value, items: items.flatMap(replaceIn) }] : replace(value);
  };
  return {
    documents: documents.map((value) => {
      const all = replaceIn(value);
      return { before: all.slice(0, -1).filter(isRecord), value: all.at(-1) };
    }),
    done: workloads.map((each) => {
      const where = each.namespace === undefined ? "" : ` in ${each.namespace}`;
      const form = settings.native ? "native sidecar" : "classic sidecar";
      return `injected ${shownWorkload(each)}${where} (${form}, ConfigMap ${configMapName(each.name ?? "")})`;
    }),
    warnings: [
      ...left.map((each) => `left alone: ${shownWorkload(each)} belongs to ${each.owner}`),
      ...manifests
        .filter(({ kind, items }) => /.List$/.test(String(kind)) && Array.isArray(items))
        .map(({ kind }) => `left alone: a ${kind}, whose items do not say their kind: put them into a List`),
      ...workloads.flatMap((each) => {
        const spec = valueAt(each.manifest, each.path);
        return (isRecord(spec) ? podWarnings(spec, settings) : []).map(
          (text) => `${shownWorkload(each)}: ${text}`,
        );
      }),
    ],
  };
}

/** The items of a `kind: List`, which `kubectl get` writes when it is asked for several things. */
function itemsOf(document: unknown): readonly unknown[] | undefined {
  return isRecord(document) && document.kind === "List" && Array.isArray(document.items)
    ? document.items
    : undefined;
}

/** The manifests of a document: itself, or all that are in a List, however deep. */
export function manifestsIn(document: unknown): readonly Manifest[] {
  return itemsOf(document)?.flatMap(manifestsIn) ?? [document].filter(isRecord);
}

/** What another workload made is left to that one, unless it is asked for by name. */
function choose(
  manifests: readonly Manifest[],
  only: readonly string[],
): { readonly workloads: readonly Workload[]; readonly left: readonly Workload[] } | Refused {
  const all = manifests.map(workloadOf).filter((each) => each !== undefined);
  if (all.length === 0) return { problems: [`there is no workload to inject into: ${seen(manifests)}`] };
  const unmatched = only.filter((wanted) => !all.some((each) => isMeant(wanted, each)));
  if (unmatched.length > 0) {
    const there = all.map(shownWorkload).join(", ");
    return { problems: unmatched.map((wanted) => `--only ${wanted} matches nothing; there is: ${there}`) };
  }
  if (only.length > 0)
    return { workloads: all.filter((each) => only.some((wanted) => isMeant(wanted, each))), left: [] };
  const workloads = all.filter(({ owner }) => owner === undefined);
  const left = all.filter(({ owner }) => owner !== undefined);
  if (workloads.length > 0) return { workloads, left };
  return {
    problems: left.map(
      (each) => `${shownWorkload(each)} belongs to ${each.owner}: inject into what that came from`,
    ),
  };
}

function seen(manifests: readonly Manifest[]): string {
  const kinds = [
    ...new Set(manifests.map(({ kind }) => (typeof kind === "string" ? kind : "something without a kind"))),
  ];
  const wanted = `expected ${Object.keys(WORKLOAD_KINDS).join(", ")}`;
  return kinds.length === 0 ? `the input is empty; ${wanted}` : `seen ${kinds.join(", ")}; ${wanted}`;
}

function problemsOf(workload: Workload, settings: SidecarSettings, manifests: readonly Manifest[]): string[] {
  const shown = shownWorkload(workload);
  if (workload.name === undefined) {
    const isGenerated = memberOf(workload.manifest.metadata, "generateName") !== undefined;
    const why = isGenerated ? " (its metadata has generateName)" : "";
    return [`${shown}${why}: give it a metadata.name, after which its ConfigMap is called`];
  }
  const spec = valueAt(workload.manifest, workload.path);
  const { name } = workload;
  const existing = manifests.filter(
    (each) => each.kind === "ConfigMap" && keyOf(each) === configMapKey(workload),
  );
  const named = [configMapProblem(name), ...existing.map((each) => foreignProblem(each, name))];
  const found = isRecord(spec)
    ? podProblems(workload.kind, spec, settings)
    : [`it has no pod: ${workload.path.join(".")} is not a map`];
  return [...named.filter((each) => each !== undefined), ...found].map((problem) => `${shown}: ${problem}`);
}

/** What takes a manifest's place: itself, itself changed, or a ConfigMap and itself changed. */
function replacer(
  manifests: readonly Manifest[],
  workloads: readonly Workload[],
  settings: SidecarSettings,
): (manifest: unknown) => readonly unknown[] {
  const wanted = new Map(workloads.map((each) => [configMapKey(each), each]));
  const there = new Set(manifests.filter(({ kind }) => kind === "ConfigMap").map(keyOf));
  return (manifest) => {
    if (!isRecord(manifest)) return [manifest];
    const owner = manifest.kind === "ConfigMap" ? wanted.get(keyOf(manifest)) : undefined;
    if (owner) return [configMap(owner, settings, manifest)];
    const workload = workloads.find((each) => each.manifest === manifest);
    if (!workload) return [manifest];
    const spec = valueAt(manifest, workload.path);
    const name = configMapName(workload.name ?? "");
    const changed = withValueAt(
      manifest,
      workload.path,
      podWithSidecar(isRecord(spec) ? spec : {}, settings, name),
    );
    // Workloads of one name and different kinds share a ConfigMap: it stands before the first of them.
    const key = configMapKey(workload);
    if (there.has(key)) return [changed];
    there.add(key);
    return [configMap(workload, settings), changed];
  };
}

function keyOf(manifest: Manifest): string {
  const { name, namespace } = nameOf(manifest);
  return `${namespace ?? ""}/${name ?? ""}`;
}

function configMapKey({ name, namespace }: Workload): string {
  return `${namespace ?? ""}/${configMapName(name ?? "")}`;
}
