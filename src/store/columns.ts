import type { Knex } from 'knex';

/** UUIDs as the 16 bytes of their column; accepts a Flink id (32 hex digits) as well. Not a UUID: matches nothing. */
export const toBinary = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');

export function fromBinary(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/** A time in a JSON column is text. */
export type Dated<T extends { at: Date }> = Omit<T, 'at'> & { readonly at: string };
export const dated = <T extends { at: string }>({ at, ...rest }: T): Omit<T, 'at'> & { at: Date } => ({ ...rest, at: new Date(at) });

/** Of what Flink or a program says, more is not kept: a cause can be a whole stack trace. */
export const LONGEST_TEXT = 8000;

/** JSON columns hold what Drey wrote, so their text is trusted to have its shape. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller names the shape it wrote
export const fromJson = <T>(text: string): T => JSON.parse(text) as T;

/**
 * A text that fits its column: cut, and never through the middle of a character, which MariaDB refuses as broken JSON. Causes of failures come from
 * programs that nobody here wrote.
 */
export const clipped = (text: string, most: number): string => text.slice(0, most).toWellFormed();

/** The same for what may be missing. */
export const clippedOrNull = (text: string | undefined, most: number): string | null => (text === undefined ? null : clipped(text, most));

/** The optional property as an object to spread: nothing for NULL. */
export const given = <K extends string, T>(key: K, value: T | null | undefined): { [P in K]?: T } =>
  value === null || value === undefined ? {} : ({ [key]: value } as { [P in K]: T });

export const activeFlag = (isActive: boolean): 1 | null => (isActive ? 1 : null);

/** The database's clock, at millisecond precision. */
export async function databaseNow(db: Knex): Promise<Date> {
  const [rows] = (await db.raw('SELECT NOW(3) AS now')) as [{ now: Date }[]];
  const now = rows[0]?.now;
  if (now === undefined) throw new Error('the database did not tell the time');
  return now;
}

/** The least UUIDv7 of a moment: its first 48 bits are the time. */
export function firstIdAt(ms: number): Buffer {
  const id = Buffer.alloc(16);
  id.writeUIntBE(Math.max(0, Math.floor(ms)), 0, 6);
  return id;
}
