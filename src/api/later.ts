import { faultAt, type Fault } from '../schema/faults.ts';
import { valueAt } from '../schema/walk.ts';

// What VVP has and a later release of Drey brings. It is told apart from mistakes: the manifest is right, only too early.

export interface LaterRule {
  readonly place: string;
  /** What is not to be judged by the rules of today, for it belongs to the same thing. Omitted: the place. */
  readonly covers?: string;
  /** Values that are for later; without it any value is. */
  readonly values?: (value: string) => boolean;
  /** What works now. */
  readonly now: string;
}

/** `covers`: the path below which other faults are not told. */
export interface LaterFault extends Fault {
  readonly covers: readonly string[];
}

const oneOf =
  (...words: readonly string[]) =>
  (value: string): boolean =>
    words.includes(value.toUpperCase());

const ARTIFACT = 'spec.template.spec.artifact';

export const LATER_IN_DEPLOYMENT: readonly LaterRule[] = [
  { place: `${ARTIFACT}.kind`, covers: ARTIFACT, values: oneOf('PYTHON'), now: 'JAR and SQLSCRIPT work now' },
];

const SESSION_URL = 'session: {url, sqlGatewayUrl} works now';

export const LATER_IN_TARGET: readonly LaterRule[] = [
  { place: 'spec.kubernetes', covers: 'spec', now: SESSION_URL },
  { place: 'spec.process', covers: 'spec', now: SESSION_URL },
  { place: 'spec.session.auth', now: SESSION_URL },
  { place: 'spec.session.tls', now: SESSION_URL },
];

export function laterIn(rules: readonly LaterRule[], value: unknown): LaterFault[] {
  return rules.flatMap(({ place, covers = place, values, now }) => {
    const path = place.split('.');
    const fault = (message: string): LaterFault => ({ ...faultAt(path, `${message}; ${now}`), covers: covers.split('.') });
    const found = valueAt(value, path);
    if (found === undefined) return [];
    if (values === undefined) return [fault('is not supported yet')];
    return typeof found === 'string' && values(found) ? [fault(`"${found}" is not supported yet`)] : [];
  });
}
