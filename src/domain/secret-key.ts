const SECRET_KEY_BYTES = 32;

/** A key as hex or base64 writes it; undefined: it is none. */
export function parseSecretKey(text: string): Uint8Array | undefined {
  const isHex = /^[0-9a-f]{64}$/i.test(text);
  if (!isHex && !/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  const key = Buffer.from(text, isHex ? 'hex' : 'base64');
  return key.length === SECRET_KEY_BYTES ? key : undefined;
}
