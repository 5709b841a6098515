const UNITS: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 };

/** Bytes of a size like `512MiB`. Throws a sentence that says what would be right. */
export function parseByteSize(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6})([KMGT]iB)$/.exec(text) ?? [];
  const bytes = Number(number) * (UNITS[unit] ?? 0);
  if (bytes > 0) return bytes;
  throw new RangeError(`"${text}" is not a size; write a whole number above 0 with KiB, MiB, GiB or TiB ("512MiB")`);
}
