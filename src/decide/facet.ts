/**
 * Which rows of a table can speak once one thing is known: the method, a segment of the path, the status.
 *
 * A row pins that thing down to some values or leaves it open. For each value that any row names there is a set of rows,
 * those that name it and those that leave it open; for all other values those that leave it open. What the thing is, and
 * whether a row that can speak does, is not known here.
 *
 * A set is a list of numbers with a bit for each row, 32 rows to a number: what is in two sets costs one `&`, and rows
 * come out in the table's own order.
 */
export type RowSet = readonly number[];

export type Facet<Value> = {
  readonly named: ReadonlyMap<Value, RowSet>;
  readonly others: RowSet;
};

/** `valuesOf` says what a row pins the thing down to; undefined when the row leaves it open. */
export function facet<Row, Value>(
  rows: readonly Row[],
  valuesOf: (row: Row) => readonly Value[] | undefined,
): Facet<Value> {
  const values = rows.map(valuesOf);
  const others = rowSet(values, (each) => each === undefined);
  const named = new Map<Value, number[]>();
  for (const [row, pinned] of values.entries())
    for (const value of pinned ?? []) {
      const set = named.get(value) ?? [...others];
      add(set, row);
      named.set(value, set);
    }
  for (const set of named.values()) Object.freeze(set);
  return { named, others };
}

/** The rows of which something is true. */
export function rowSet<Row>(rows: readonly Row[], isTrue: (row: Row) => boolean): RowSet {
  const set = Array.from({ length: Math.ceil(rows.length / 32) }, () => 0);
  for (const [index, row] of rows.entries()) if (isTrue(row)) add(set, index);
  return Object.freeze(set);
}

function add(set: number[], row: number): void {
  set[row >>> 5] = (set[row >>> 5] ?? 0) | (1 << (row & 31));
}

/** Puts the rows of one number of a set at the end of `found`, in their order; one that stands twice in a row, once. */
export function pushRows<Row>(found: Row[], rows: readonly Row[], word: number, bits: number): void {
  // The lowest bit is taken out until none is left.
  for (let left = bits; left !== 0; left &= left - 1) {
    const row = rows[word * 32 + 31 - Math.clz32(left & -left)];
    if (row !== undefined && row !== found.at(-1)) found.push(row);
  }
}

/** Whether any row is in all three sets. */
export function anyInAll(a: RowSet, b: RowSet, c: RowSet): boolean {
  for (let word = 0; word < a.length; word++)
    if (((a[word] ?? 0) & (b[word] ?? 0) & (c[word] ?? 0)) !== 0) return true;
  return false;
}
