/** A ConfigMap or Secret as the kubelet mounts it: files are links into a folder that is itself a link, and that is swapped. */
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Keys = Readonly<Record<string, string>>;

export type Volume = {
  readonly folder: string;
  /** What the kubelet does when the object has changed. */
  update(keys: Keys): void;
};

/** Mounts those keys, to be read by whoever a container runs as. */
export function mountVolume(keys: Keys): Volume {
  const root = mkdtempSync(join(tmpdir(), "crest-gateway-volume-"));
  chmodSync(root, 0o755);
  let version = 0;
  const update = (changed: Keys): void => {
    const old = join(root, `..version_${version}`);
    version += 1;
    const folder = `..version_${version}`;
    mkdirSync(join(root, folder), { mode: 0o755 });
    for (const [key, content] of Object.entries(changed))
      writeFileSync(join(root, folder, key), content, { mode: 0o644 });
    symlinkSync(folder, join(root, "..data_tmp"));
    renameSync(join(root, "..data_tmp"), join(root, "..data"));
    rmSync(old, { recursive: true, force: true });
  };
  update(keys);
  for (const key of Object.keys(keys)) symlinkSync(join("..data", key), join(root, key));
  return { folder: root, update };
}

export type ConfigMap = {
  readonly folder: string;
  /** The file as a container sees it. */
  readonly file: string;
  update(text: string): void;
};

/** Mounts a single key. */
export function mountConfigMap(key: string, text: string): ConfigMap {
  const { folder, update } = mountVolume({ [key]: text });
  return { folder, file: join(folder, key), update: (changed) => update({ [key]: changed }) };
}
