import type { StoredArtifact } from '../domain/stored-artifact.ts';

/** The rows of the artifact store: which bytes lie under which name. */
export interface ArtifactRows {
  /** By name. */
  list(namespace: string): Promise<StoredArtifact[]>;
  find(namespace: string, filename: string): Promise<StoredArtifact | undefined>;
  /** Puts bytes under a name, in place of what was under it; nothing changes where the same bytes are. */
  put(artifact: Pick<StoredArtifact, 'namespace' | 'filename' | 'sha256' | 'size'>): Promise<StoredArtifact>;
  /** Throws `conflict` while a Deployment or a Job that is not final names it. False: there is none. */
  remove(namespace: string, filename: string): Promise<boolean>;
  /** Those of these hashes that a name of the store stands for, or that a Job that is not final was submitted with. */
  used(hashes: readonly string[]): Promise<string[]>;
}

/** The artifact store. */
export interface ArtifactStore extends Pick<ArtifactRows, 'list' | 'find' | 'remove'> {
  /**
   * Reads `bytes` to their end and puts them under the name. When they break off or are refused, nothing is left. Throws `badRequest` for a `.jar`
   * that is none, `payloadTooLarge` above the limit, `unavailable` where the store cannot be written.
   */
  upload(namespace: string, filename: string, bytes: AsyncIterable<Uint8Array>): Promise<StoredArtifact>;
  /** The most bytes that a file may have. */
  readonly maxBytes: number;
}
