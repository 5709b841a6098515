import type { Job } from '../domain/job.ts';
import type { Redact } from '../domain/redaction.ts';
import type { TextPlace } from '../domain/sql-lexer.ts';
import type { SecretValue } from '../domain/secret-value.ts';

/** Rows of secrets: ciphertext only. */
export interface SecretStore {
  secretValues(namespace: string): Promise<SecretValue[]>;
  secretValue(namespace: string, name: string): Promise<SecretValue | undefined>;
  /** Throws `conflict` when the name is taken. */
  insertSecretValue(secret: SecretValue): Promise<void>;
  /** Writes value, labels and annotations under the version; resolves with the row as written. Throws `stalePrecondition`. */
  updateSecretValue(secret: SecretValue): Promise<SecretValue>;
  /** Removes the row for good. Throws `stalePrecondition` when it is no longer at this version. */
  deleteSecretValue(secret: SecretValue): Promise<void>;
}

/** Where a value belongs: encrypted for one place, it cannot be read at another. */
export interface SecretPlace {
  readonly namespace: string;
  readonly name: string;
}

/** Encrypts and decrypts values. */
export interface SecretBox {
  /** Throws `conflict` with the remedy where the daemon has no key. */
  seal(place: SecretPlace, value: string): string;
  /** Throws `secretLocked` with the remedy where the daemon's key is none or another, or the row is not what was written. */
  open(place: SecretPlace, sealed: string): string;
}

/** What may name secrets: a Job, or what could become one. */
export type Naming = Pick<Job, 'namespace' | 'spec'>;

/** The secrets that one Job names. */
export interface JobSecrets<Of extends Naming> {
  /** The Job as it is submitted: with values in place of names. Never to be stored or logged. */
  readonly revealed: Of;
  /** For whatever is said about the Job from then on. */
  readonly redact: Redact;
  /** A place in the script with values, in the script with names. */
  readonly sourcePlace: (at: TextPlace) => TextPlace;
}

export interface Secrets {
  /** Throws `secretMissing` and `secretLocked` with the names and the remedy. */
  ofJob<Of extends Naming>(job: Of): Promise<JobSecrets<Of>>;
  /** A path that is kept with the names of secrets, as Flink knows it; a name of no secret stays. Throws `secretLocked`. */
  revealedPath(namespace: string, path: string): Promise<string>;
  /** For what Flink tells of a job. Throws `secretLocked`: then nothing of it may be told. */
  redactionOf(flinkJobId: string): Promise<Redact>;
}
