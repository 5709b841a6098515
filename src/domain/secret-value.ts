/** A text that users keep out of specs: these name it as `${name}`, and only what is submitted holds its value. */
export interface SecretValue {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  /** The value, encrypted for this name in this namespace. */
  readonly sealed: string;
  /** Values that it had before, newest first: Jobs that were submitted with them may still tell them. */
  readonly formerSealed: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly version: number;
}

/** So many values that a secret had before are remembered. */
const MOST_FORMER = 10;

/** The secret with another value. Of those before it, `former` are still needed; the newest of them are remembered. */
export const withValue = (secret: SecretValue, sealed: string, former: readonly string[]): SecretValue => ({
  ...secret,
  sealed,
  formerSealed: former.slice(0, MOST_FORMER),
});
