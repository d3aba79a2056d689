import fc from 'fast-check';

/** Any value there is, with the hostile ones frequent. */
export const anything = fc.oneof(
  fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
  }),
  fc.constantFrom(...hostile()),
  fc.constantFrom(...hostile()).map((value) => ({ deep: [value] })),
);

/** Values that a codec must keep as they are or refuse. */
export function hostile(): unknown[] {
  class Point {
    x = 1;
  }
  const hiddenToJson = Object.defineProperty({ a: 1 }, 'toJSON', { value: () => 'changed' });
  const arrayToJson = Object.defineProperty([1], 'toJSON', { value: () => 'changed' });
  class List extends Array {}
  return [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -0,
    0,
    1e308,
    2 ** 53,
    2 ** 63,
    -(2 ** 31) - 1,
    10n,
    2n ** 63n,
    -(2n ** 63n),
    2n ** 64n,
    new Date(0),
    new Date(1.5e12 + 7),
    new Date(Number.NaN),
    new Map([['a', 1]]),
    new Map([[{ k: 1 }, new Map()]]),
    new Set([1]),
    /re/,
    new Error('e'),
    new Point(),
    List.of(1, 2),
    [undefined],
    { a: undefined },
    // biome-ignore lint/suspicious/noSparseArray: this is the case.
    [, 1],
    Object.assign([1], { extra: 2 }),
    () => 1,
    Symbol('s'),
    { [Symbol('s')]: 1 },
    '\ud800',
    ['\udfff x'],
    { '\ud800': 1 },
    '\u0000\ufeff\u2028',
    JSON.parse('{"__proto__": {"x": 1}, "constructor": {"prototype": 1}, "toString": null}'),
    // biome-ignore lint/suspicious/noThenProperty: this is the case.
    { toJSON: 'a field', then: 1, hasOwnProperty: 2, '': 3, '0': 4 },
    { toJSON: () => 1 },
    hiddenToJson,
    arrayToJson,
    new Uint8Array([1, 2, 3]),
    new Uint16Array([1, 2]),
    new ArrayBuffer(2),
    Buffer.from('buffer'),
    new DataView(new ArrayBuffer(2)),
    Object.create(null),
    Object.create({ inherited: 1 }),
    new Number(1),
    new String('s'),
    new Boolean(false),
    Promise.resolve(1),
    new WeakMap(),
    new URL('x:y'),
  ];
}

/** Nested `depth` deep: `depth` arrays or objects in all. */
export function nested(
  depth: number,
  wrap: (inner: unknown) => unknown = (inner) => [inner],
): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = wrap(value);
  return value;
}

/** A copy in which objects without a prototype have one: that alone may differ after a round trip. */
export function withPrototypes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withPrototypes);
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [withPrototypes(key), withPrototypes(item)]));
  }
  if (ArrayBuffer.isView(value)) return new Uint8Array(value as Uint8Array);
  if (value instanceof Date) return value;
  const copy = {};
  for (const [key, item] of Object.entries(value)) {
    Object.defineProperty(copy, key, {
      value: withPrototypes(item),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return copy;
}
