/** Says which process and moment an id is from, and is never given twice. */
export type MakeId = (now: number) => string;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Bytes of an id, at most. */
export const LONGEST_ID = 32;

/** Ids of one writer: the second they were made in, 72 random bits of the writer, a count. ASCII. */
export function idMaker(): MakeId {
  const random = crypto.getRandomValues(new Uint8Array(12));
  const writer = Array.from(random, (byte) => ALPHABET[byte & 63]).join('');
  let count = 0;
  return (now) => {
    count += 1;
    return `${Math.floor(now / 1000).toString(36)}.${writer}.${count.toString(36)}`;
  };
}

/** When an id was made, in milliseconds since 1970; `NaN` if it is none. */
export function timeOfId(id: string): number {
  return /^[0-9a-z]{1,9}\.[\w-]{12}\.[0-9a-z]+$/.test(id)
    ? Number.parseInt(id.slice(0, id.indexOf('.')), 36) * 1000
    : Number.NaN;
}
