import { faultAt, type Fault } from '../schema/faults.ts';
import { valueAt } from '../schema/walk.ts';
import { laterScheme } from './jar-uri.ts';

// What VVP has and a later release of Drey brings. It is told apart from mistakes: the manifest is right, only too early.

/** `covers`: what is not to be judged by the rules of today, for it belongs to the same thing. */
export interface LaterFault extends Fault {
  readonly covers: readonly string[];
}

interface LaterRule {
  readonly path: readonly string[];
  /** Omitted: the path. */
  readonly covers?: readonly string[];
  /** Values that are for later; without it any value is. */
  readonly values?: (value: string) => boolean;
  readonly now: string;
}

const oneOf =
  (...words: readonly string[]) =>
  (value: string): boolean =>
    words.includes(value.toUpperCase());

const ARTIFACT = ['spec', 'template', 'spec', 'artifact'];

const DEPLOYMENT: readonly LaterRule[] = [
  { path: ['spec', 'state'], values: oneOf('SUSPENDED'), now: 'RUNNING and CANCELLED work now' },
  { path: ['spec', 'upgradeStrategy', 'kind'], values: oneOf('STATEFUL'), now: 'NONE and STATELESS work now' },
  { path: ['spec', 'restoreStrategy', 'kind'], values: oneOf('LATEST_STATE', 'LATEST_SAVEPOINT'), now: 'NONE works now' },
  { path: ['spec', 'sessionClusterName'], now: 'deploymentTargetName works now, naming a target of kind session' },
  { path: [...ARTIFACT, 'kind'], covers: ARTIFACT, values: oneOf('SQLSCRIPT', 'PYTHON'), now: 'JAR works now' },
  {
    path: [...ARTIFACT, 'jarUri'],
    values: (uri) => laterScheme(uri) !== undefined,
    now: 'a file: URI of a jar that the daemon can read works now (file:///path/of/the.jar)',
  },
];

const SESSION_URL = 'session: {url} works now';
const TARGET: readonly LaterRule[] = [
  { path: ['spec', 'kubernetes'], covers: ['spec'], now: SESSION_URL },
  { path: ['spec', 'process'], covers: ['spec'], now: SESSION_URL },
  { path: ['spec', 'session', 'sqlGatewayUrl'], now: SESSION_URL },
  { path: ['spec', 'session', 'auth'], now: SESSION_URL },
  { path: ['spec', 'session', 'tls'], now: SESSION_URL },
];

export const laterInDeployment = (value: unknown): LaterFault[] => laterIn(DEPLOYMENT, value);
export const laterInTarget = (value: unknown): LaterFault[] => laterIn(TARGET, value);

function laterIn(rules: readonly LaterRule[], value: unknown): LaterFault[] {
  return rules.flatMap(({ path, covers = path, values, now }) => {
    const found = valueAt(value, path);
    if (found === undefined) return [];
    if (values === undefined) return [{ ...faultAt(path, `is not supported yet; ${now}`), covers }];
    return typeof found === 'string' && values(found) ? [{ ...faultAt(path, `"${found}" is not supported yet; ${now}`), covers }] : [];
  });
}
