import { DEPLOYMENT_STATES } from '../domain/deployment.ts';
import { JOB_STATES } from '../domain/job.ts';
import { choose } from './choose.ts';
import { usage } from './exit.ts';
import { SAVEPOINT_STATES } from '../domain/savepoint.ts';

export type KindName = 'deployment' | 'job' | 'savepoint' | 'deployment-target' | 'deployment-defaults' | 'secret-value' | 'event';

/** A kind of resource, as the command line calls it. */
export interface Kind<K extends KindName = KindName> {
  readonly name: K;
  /** In the API. */
  readonly path: string;
  /** What else it may be called, besides its name and its path. */
  readonly aliases: readonly string[];
  readonly states: readonly string[];
  /** A namespace has one of them, at the path itself. */
  readonly isSingle?: true;
  /** Whether a Deployment has some of them. */
  readonly ofDeployment: boolean;
}

const KINDS: { readonly [K in KindName]: Kind<K> } = {
  deployment: { name: 'deployment', path: 'deployments', aliases: ['deploy'], states: DEPLOYMENT_STATES, ofDeployment: false },
  job: { name: 'job', path: 'jobs', aliases: [], states: Object.keys(JOB_STATES), ofDeployment: true },
  savepoint: { name: 'savepoint', path: 'savepoints', aliases: ['sp'], states: Object.keys(SAVEPOINT_STATES), ofDeployment: true },
  'deployment-target': {
    name: 'deployment-target',
    path: 'deployment-targets',
    aliases: ['target', 'targets', 'dt', 'DeploymentTarget'],
    states: [],
    ofDeployment: false,
  },
  'deployment-defaults': {
    name: 'deployment-defaults',
    path: 'deployment-defaults',
    aliases: ['defaults', 'dd', 'DeploymentDefaults'],
    isSingle: true,
    states: [],
    ofDeployment: false,
  },
  'secret-value': {
    name: 'secret-value',
    path: 'secret-values',
    aliases: ['secret', 'secrets', 'sv', 'SecretValue'],
    states: [],
    ofDeployment: false,
  },
  event: { name: 'event', path: 'events', aliases: ['ev'], states: [], ofDeployment: true },
};

const EVERY: readonly KindName[] = ['deployment', 'job', 'savepoint', 'deployment-target', 'deployment-defaults', 'secret-value', 'event'];

/** One resource: its kind, and its name or id. */
export interface Reference<K extends KindName = KindName> {
  readonly kind: Kind<K>;
  readonly name: string;
}

/** The kind and, where there is one, the name: `jobs`, `job ID` or `job/ID`. Throws a usage error for any kind that is not `among` those. */
export function parseReference(word: string, nameBehind?: string, among = EVERY): { kind: Kind; name?: string } {
  const slash = word.indexOf('/');
  const inWord = slash < 0 ? undefined : word.slice(slash + 1);
  if (inWord !== undefined && nameBehind !== undefined) throw usage(`"${word}" has a name in it; leave "${nameBehind}" out`);
  const kinds = among.map((one): Kind => KINDS[one]);
  const wordsOf = ({ path, name, aliases }: Kind): string[] => [path, name, ...aliases];
  const chosen = choose('a kind of resource', slash < 0 ? word : word.slice(0, slash), kinds.flatMap(wordsOf));
  const kind = kinds.find((one) => wordsOf(one).includes(chosen)) ?? KINDS.deployment;
  const name = inWord ?? nameBehind;
  if (name !== undefined && kind.isSingle === true) throw usage(`a namespace has one ${kind.name}; leave "${name}" out`);
  return name === undefined ? { kind } : { kind, name };
}

/** As parseReference, and it has to say which one. */
export function parseOne<K extends KindName>(word: string, nameBehind: string | undefined, among: readonly K[]): Reference<K> {
  const { kind, name = '' } = parseReference(word, nameBehind, among);
  if (name === '') throw usage(`which ${kind.name}? write ${kind.name}/${isNamed(kind.name) ? 'NAME' : 'ID'}`);
  const own = among.find((one) => one === kind.name);
  if (own === undefined) throw usage(`a ${kind.name} is none of ${among.join(', ')}`);
  return { kind: KINDS[own], name };
}

export const pathOf = ({ kind, name }: Reference): string => `/${kind.path}/${encodeURIComponent(name)}`;

/** How output calls one, so that it can be given back to a command. */
export const referenceTo = (kind: KindName, { id, name }: { readonly id: string; readonly name?: string }): string =>
  KINDS[kind].isSingle === true ? kind : `${kind}/${isNamed(kind) ? (name ?? id) : id}`;

/** Whether users gave it a name. */
const isNamed = (kind: KindName): boolean => kind !== 'job' && kind !== 'savepoint' && kind !== 'event';
