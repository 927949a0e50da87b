/** The sizes that docs/deploy.md names: a memory limit, and how much of it the policy gives to held bodies. */
export type Size = { readonly limitMebibytes: number; readonly replayMebibytes: number };

export const SIZES: readonly Size[] = [
  { limitMebibytes: 128, replayMebibytes: 4 },
  { limitMebibytes: 256, replayMebibytes: 32 },
  { limitMebibytes: 384, replayMebibytes: 64 },
  { limitMebibytes: 512, replayMebibytes: 128 },
];
