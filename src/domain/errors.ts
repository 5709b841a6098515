/** Every error that Drey throws on purpose: its HTTP status, and whether the same call may succeed later. */
const ERRORS = {
  badRequest: { status: 400, retryable: false },
  notSupportedYet: { status: 400, retryable: false },
  unauthorized: { status: 401, retryable: false },
  forbidden: { status: 403, retryable: false },
  notFound: { status: 404, retryable: false },
  methodNotAllowed: { status: 405, retryable: false },
  notAcceptable: { status: 406, retryable: false },
  conflict: { status: 409, retryable: false },
  stalePrecondition: { status: 409, retryable: false },
  /** A request with the same Idempotency-Key is being served. */
  underWay: { status: 409, retryable: true },
  gone: { status: 410, retryable: false },
  payloadTooLarge: { status: 413, retryable: false },
  unsupportedMediaType: { status: 415, retryable: false },
  keyReused: { status: 422, retryable: false },
  tooManyRequests: { status: 429, retryable: true },
  unavailable: { status: 503, retryable: true },
  databaseRefused: { status: 500, retryable: false },
  staleWrite: { status: 503, retryable: true },
  illegalTransition: { status: 500, retryable: false },
  configuration: { status: 500, retryable: false },
  clusterUnreachable: { status: 503, retryable: true },
  clusterAnsweredOddly: { status: 503, retryable: true },
  /** A SQL Gateway opens no session with the options that it was given. */
  sessionRefused: { status: 409, retryable: false },
  artifactUnavailable: { status: 500, retryable: false },
  artifactUnreachable: { status: 503, retryable: true },
  secretMissing: { status: 409, retryable: false },
  secretLocked: { status: 503, retryable: true },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** The one error class of the catalogue. `context` holds what a client may be told besides the message. */
export class DreyError extends Error {
  readonly code: ErrorCode;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; context?: Readonly<Record<string, unknown>> } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'DreyError';
    this.code = code;
    this.context = options.context ?? {};
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** The name of a new resource is in use. */
export const nameTaken = (kind: string, { name, namespace }: { name: string; namespace: string }, cause?: unknown): DreyError =>
  new DreyError('conflict', `a ${kind} named ${name} already exists in namespace ${namespace}`, { cause });

export const isDreyError = (error: unknown, code?: ErrorCode): error is DreyError =>
  error instanceof DreyError && (code === undefined || error.code === code);
