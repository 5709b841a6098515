/** A file of the artifact store: bytes under a name, in a namespace. */
export interface StoredArtifact {
  readonly id: string;
  readonly namespace: string;
  readonly filename: string;
  /** Of its bytes, in hexadecimal; the store keeps them under it. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** When these bytes were uploaded under this name. */
  readonly createdAt: Date;
  readonly version: number;
}

const NAME = '[0-9A-Za-z_][0-9A-Za-z._+-]{0,199}';
const URI = new RegExp(`^artifact://namespaces/([-0-9a-z]{1,63})/(${NAME})$`);

/** What is wrong with the name of a file in the store; undefined: nothing. What it allows needs no escape in a URI and is no path. */
export function filenameFault(name: string): string | undefined {
  if (new RegExp(`^${NAME}$`).test(name)) return undefined;
  return `"${name.slice(0, 80)}" is not a file name; use at most 200 of 0-9, a-z, A-Z, "_", ".", "+" and "-", with a letter, digit or "_" first`;
}

/** By which a Deployment names it; there is one spelling of it. */
export const artifactUri = (namespace: string, filename: string): string => `artifact://namespaces/${namespace}/${filename}`;

/** The place that a URI of the store names; undefined: it is no such URI. */
export function parseArtifactUri(uri: string): { namespace: string; filename: string } | undefined {
  const [, namespace, filename] = URI.exec(uri) ?? [];
  return namespace === undefined || filename === undefined ? undefined : { namespace, filename };
}
