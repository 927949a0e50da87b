/** A ConfigMap as the kubelet mounts it: files are links into a folder that is itself a link, and that one is swapped. */
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type ConfigMap = {
  readonly folder: string;
  /** The file as a container sees it. */
  readonly file: string;
  /** What the kubelet does when the object has changed. */
  update(text: string): void;
};

/** Mounts one key, to be read by whoever a container runs as. */
export function mountConfigMap(key: string, text: string): ConfigMap {
  const root = mkdtempSync(join(tmpdir(), "crest-gateway-config-map-"));
  chmodSync(root, 0o755);
  let version = 0;
  const update = (content: string): void => {
    const old = join(root, `..version_${version}`);
    version += 1;
    const folder = `..version_${version}`;
    mkdirSync(join(root, folder), { mode: 0o755 });
    writeFileSync(join(root, folder, key), content, { mode: 0o644 });
    symlinkSync(folder, join(root, "..data_tmp"));
    renameSync(join(root, "..data_tmp"), join(root, "..data"));
    rmSync(old, { recursive: true, force: true });
  };
  update(text);
  symlinkSync(join("..data", key), join(root, key));
  return { folder: root, file: join(root, key), update };
}
