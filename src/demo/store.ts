/**
 * Objects in collections, each with an id and a revision that changes with every write.
 *
 * Pure bookkeeping: it knows neither HTTP nor who may write what, nor when a write should be refused.
 */
import type { Fields } from "./request.ts";

export type Stored = Fields & { readonly _id: string; readonly _rev: string };

/** What stood at one place, the latest last; a deleted object stands there as undefined. */
type Versions = (Stored | undefined)[];

/** More changes back than this no replica lags; of more objects than this, none is remembered. */
const VERSIONS_KEPT = 8;
const OBJECTS_REMEMBERED = 10_000;

export class Store {
  readonly #collections = new Map<string, Map<string, Stored>>();
  readonly #versions = new Map<string, Versions>();
  readonly #node: string;
  #writes = 0;

  /** `node` stands in every revision, as `<node>-<number>`: a tenant's revisions name the server that wrote. */
  constructor(node: string) {
    this.#node = node;
  }

  read(collection: string, id: string): Stored | undefined {
    return this.#collections.get(collection)?.get(id);
  }

  /** The object as it was before its last so many changes, as a replica that lags still shows it. */
  readStale(collection: string, id: string, changes: number): Stored | undefined {
    return this.#versionsOf(collection, id).at(-1 - changes);
  }

  list(collection: string): readonly Stored[] {
    return [...(this.#collections.get(collection)?.values() ?? [])];
  }

  /** Creates the object or replaces it; id and revision among `fields` do not count. */
  write(collection: string, id: string, fields: Fields): Stored {
    const { _id, _rev, ...members } = fields;
    this.#writes += 1;
    const stored = { _id: id, _rev: `${this.#node}-${this.#writes}`, ...members };
    const objects = this.#collections.get(collection) ?? new Map<string, Stored>();
    this.#collections.set(collection, objects.set(id, stored));
    this.#remember(collection, id, stored);
    return stored;
  }

  delete(collection: string, id: string): void {
    this.#collections.get(collection)?.delete(id);
    this.#remember(collection, id, undefined);
  }

  #versionsOf(collection: string, id: string): Versions {
    return this.#versions.get(`${collection}/${id}`) ?? [];
  }

  #remember(collection: string, id: string, stored: Stored | undefined): void {
    const versions = [...this.#versionsOf(collection, id), stored];
    if (this.#versions.size >= OBJECTS_REMEMBERED) this.#versions.clear();
    this.#versions.set(`${collection}/${id}`, versions.slice(-1 - VERSIONS_KEPT));
  }
}
