import { DreyError } from '../domain/errors.ts';

/** Why an artifact cannot be used, and what to do about it. Neither holds any part of its URI but the host: there may be a secret in the rest. */
export class Unfit extends Error {
  readonly remedy: string;
  /** Whether it may be over soon. */
  readonly mayPass: boolean;

  constructor(what: string, remedy: string, options: { mayPass?: boolean; cause?: unknown } = {}) {
    super(what, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'Unfit';
    this.remedy = remedy;
    this.mayPass = options.mayPass === true;
  }
}

/** The catalogue's error for what keeps an artifact from being used; what is neither Unfit nor of the file system is handed on. */
export function inWords(shownAs: string, error: unknown): unknown {
  const fault = error instanceof Unfit ? error : ofFileSystem(error);
  if (fault === undefined) return error;
  const code = fault.mayPass ? 'artifactUnreachable' : 'artifactUnavailable';
  return new DreyError(code, `artifact ${shownAs} cannot be used: ${fault.message}; ${fault.remedy}`, { cause: error });
}

function ofFileSystem(error: unknown): Unfit | undefined {
  const code = error instanceof Error && 'code' in error && 'errno' in error ? String(error.code) : undefined;
  if (code === undefined) return undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return new Unfit('there is no such file', 'put the jar there, or correct jarUri');
  if (code === 'EACCES' || code === 'EPERM') return new Unfit('the daemon may not read it', 'let the user that the daemon runs as read it');
  return new Unfit(`reading it ended with ${code}`, 'make the file readable for the daemon');
}

/** A jar is a zip, and a zip begins so: Flink takes anything and fails later. */
export const NO_JAR = 'it is not a jar (a zip file begins with PK)';
