/** Amounts of memory as Kubernetes writes them. It refuses the rarer spellings: exponents, fractions, thousandths. */

const UNIT_BYTES: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
};

/** `256Mi`, `1Gi`, `512M` or bare bytes in MiB, not rounded; undefined when it is none of them. */
export function parseMemoryMebibytes(text: string): number | undefined {
  const [, digits, unit = ""] = /^([1-9]\d{0,15})([kMG]|[KMG]i)?$/.exec(text) ?? [];
  const scale = UNIT_BYTES[unit];
  return digits === undefined || scale === undefined ? undefined : (Number(digits) * scale) / 1024 ** 2;
}
