const MASK = '******';

/** Keys that Flink masks itself when it logs (`GlobalConfiguration.SENSITIVE_KEYS`, 2.3), and a few that connectors use besides. */
const SENSITIVE =
  /passw(or)?d|passphrase|secret|token|credential|authorization|basic-auth|auth-params|http-headers|jaas\.config|keystore\.key|(api|access|account|private|service)[-_.]?key/i;

/** `scheme://user:password@`. */
const IN_URL = /(:\/\/[^\s/:@]*:)[^\s/]*@/g;
/** `?user=u&password=p`, `;password=p`. */
const IN_PARAMETER = /\b((?:\w*password|passwd|pwd|secret|token|\w*key)=)[^\s&;,]+/gi;

/** A table's options with what may be a secret masked. */
export const maskedProperties = (properties: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, SENSITIVE.test(key) ? MASK : masked(value)]));

const masked = (value: string): string => value.replaceAll(IN_URL, `$1${MASK}@`).replaceAll(IN_PARAMETER, `$1${MASK}`);
