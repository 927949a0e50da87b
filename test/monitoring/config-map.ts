/** A ConfigMap as the kubelet mounts it: files are links into a folder that is itself a link, and that one is swapped. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type ConfigMap = {
  /** The file as a container sees it. */
  readonly file: string;
  /** What the kubelet does when the object has changed. */
  update(text: string): void;
};

/** Mounts one key. */
export function mountConfigMap(key: string, text: string): ConfigMap {
  const root = mkdtempSync(join(tmpdir(), "crest-gateway-config-map-"));
  let version = 0;
  const update = (content: string): void => {
    const old = join(root, `..version_${version}`);
    version += 1;
    const folder = `..version_${version}`;
    mkdirSync(join(root, folder));
    writeFileSync(join(root, folder, key), content);
    symlinkSync(folder, join(root, "..data_tmp"));
    renameSync(join(root, "..data_tmp"), join(root, "..data"));
    rmSync(old, { recursive: true, force: true });
  };
  update(text);
  symlinkSync(join("..data", key), join(root, key));
  return { file: join(root, key), update };
}
