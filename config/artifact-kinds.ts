import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import { Type } from 'typebox';
import { parseByteSize } from '../src/domain/byte-size.ts';
import { ruled } from '../src/schema/faults.ts';

// The kinds of values of the settings of artifacts.

/** A number of bytes, written as `512MiB`. */
export const byteSize = (description: string) =>
  Type.Codec(ruled(description, sizeFault, { isSize: true }))
    .Decode((text) => parseByteSize(text))
    .Encode((bytes) => `${bytes / 1024}KiB`);

function sizeFault(text: string): string | undefined {
  try {
    parseByteSize(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Several in one text, with commas between. */
export const list = (description: string, faultOf: (item: string) => string | undefined) =>
  Type.Codec(
    ruled(description, (text) => {
      const items = itemsOf(text);
      return items.length === 0 ? 'is empty; name at least one' : items.map(faultOf).find((fault) => fault !== undefined);
    }),
  )
    .Decode(itemsOf)
    .Encode((items) => items.join(', '));

const itemsOf = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const SCHEMES = ['artifact', 'file', 'http', 'https', 's3'];

export const schemeFault = (scheme: string): string | undefined =>
  SCHEMES.includes(scheme) ? undefined : `"${scheme}" is not one of ${SCHEMES.join(', ')}`;

export const folderFault = (path: string): string | undefined =>
  isAbsolute(path) ? undefined : `"${path}" is not the absolute path of a folder`;

export const endpointFault = (url: string): string | undefined =>
  /^https?:\/\/[^\s\\@?#]+$/i.test(url) && URL.canParse(url) ? undefined : `"${url}" is not a URL such as http://minio:9000`;

const NAME = /^(\*\.)?[0-9a-z]([-0-9a-z_]*[0-9a-z])?(\.[0-9a-z]([-0-9a-z_]*[0-9a-z])?)*$/i;

/** What is wrong with a host or a range from which jars may be fetched; undefined: nothing. */
export function hostRuleFault(item: string): string | undefined {
  const [network = '', prefix, more] = item.split('/');
  const bits = isIP(network) === 6 ? 128 : 32;
  if (isIP(network) !== 0) {
    const isRange = more === undefined && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits));
    return isRange ? undefined : `"${item}" is not a range of addresses; write it as 10.0.0.0/8 or fd00::/8`;
  }
  // Names end with a letter at least once; what is all digits is a mistyped address.
  return NAME.test(item) && !/^[\d.]+$/.test(item)
    ? undefined
    : `"${item}" is no host; write "public", a name, "*.domain", an address, or a range such as 10.0.0.0/8`;
}
