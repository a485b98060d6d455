import type { Connection } from './connection';

/** The two columns of the lexical index share one dictionary. */
export const surfaceKind = 0;
export const stemKind = 1;
export type TermKind = typeof surfaceKind | typeof stemKind;

/** Above this the memory of known ids starts anew: about 20 MB. */
const maxKnown = 100_000;

/** Term ↔ id for the writer. Ids that a transaction gave out are void when it rolls back: then call `forget`. */
export class TermDictionary {
  private readonly known = new Map<string, number>();
  private readonly select;
  private readonly insert;

  constructor(connection: Connection) {
    this.select = connection
      .prepare<[number, TermKind, string], number>(
        'SELECT id FROM terms WHERE collection = ? AND kind = ? AND text = ?',
      )
      .pluck();
    this.insert = connection.prepare<[number, TermKind, string]>(
      'INSERT INTO terms (collection, kind, text, frequency) VALUES (?, ?, ?, 0)',
    );
  }

  idOf(collection: number, kind: TermKind, text: string): number {
    const name = `${collection} ${kind} ${text}`;
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const id =
      this.select.get(collection, kind, text) ?? Number(this.insert.run(collection, kind, text).lastInsertRowid);
    if (this.known.size >= maxKnown) this.known.clear();
    this.known.set(name, id);
    return id;
  }

  forget(): void {
    this.known.clear();
  }
}
