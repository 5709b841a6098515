const MASK = '******';

/** Keys that Flink masks itself when it logs (`GlobalConfiguration.SENSITIVE_KEYS`, 2.3), and a few that connectors use besides. */
const SENSITIVE =
  /password|secret|fs\.azure\.account\.key|apikey|api-key|auth-params|service-key|token|basic-auth|jaas\.config|http-headers|credential|access-key|accesskey|private-key|passphrase/i;

/** `scheme://user:password@`. */
const IN_URL = /(:\/\/[^\s/:@]*:)[^\s/@]+@/g;

/** A table's options with what may be a secret masked. */
export const maskedProperties = (properties: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [key, SENSITIVE.test(key) ? MASK : value.replaceAll(IN_URL, `$1${MASK}@`)]),
  );
