import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { v7 as uuid } from 'uuid';
import type { DeploymentTarget } from '../../src/domain/target.ts';
import type { connect } from '../../src/store/connection.ts';
import { sqlStore } from '../../src/store/store.ts';
import { makeExemplar } from './exemplar.ts';
import type { ClusterAddresses } from './protocol.ts';
import { copyRows, type Copy } from './rows.ts';

export interface Seeded {
  /** The ids of the Flink jobs, by living cluster. */
  readonly flinkJobs: readonly (readonly string[])[];
  /** The ids of the targets on dead clusters, as hex digits. */
  readonly deadTargets: ReadonlySet<string>;
}

export interface Fleet {
  readonly jobs: number;
  readonly addresses: ClusterAddresses;
  /** How many clusters refuse connections. */
  readonly refusing: number;
}

/** Writes the targets, and STARTED Jobs evenly over them, into an empty database. */
export async function seed(db: ReturnType<typeof connect>, { jobs, addresses, refusing }: Fleet): Promise<Seeded> {
  const store = sqlStore(db);
  const now = await store.now();
  const dead = [...addresses.silent, ...Array.from({ length: refusing }, (_, index) => refusingUrl(index))];
  const clusters = [
    ...addresses.living,
    // Alive when their Jobs were submitted.
    ...dead.map((url) => ({ url, fingerprint: randomUUID() })),
  ].map(({ url, fingerprint }, index) => ({ fingerprint, target: aTarget(`cluster-${String(index).padStart(4, '0')}`, url, now) }));
  for (const { target } of clusters) await store.insertTarget(target);

  const [home] = clusters;
  if (home === undefined) throw new Error('there are no clusters');
  const exemplar = await makeExemplar(store, home.target);
  const copies = Array.from({ length: jobs }, (_, index): Copy => {
    const { target, fingerprint } = clusters[index % clusters.length] ?? home;
    return { jobId: uuid(), name: `fleet-job-${String(index).padStart(6, '0')}`, target, fingerprint };
  });
  await copyRows(db, exemplar, home.target, copies);

  const flinkJobs = addresses.living.map((_, cluster) =>
    copies.filter((_copy, index) => index % clusters.length === cluster).map(({ jobId }) => jobId.replaceAll('-', '')),
  );
  const deadTargets = clusters.slice(addresses.living.length).map(({ target }) => target.id.replaceAll('-', ''));
  return { flinkJobs, deadTargets: new Set(deadTargets) };
}

/** Nobody listens on port 1; the paths make them clusters of their own. */
const refusingUrl = (index: number): string => `http://127.0.0.1:1/cluster-${index}`;

function aTarget(name: string, url: string, now: Date): DeploymentTarget {
  const id = uuid();
  const times = { createdAt: now, modifiedAt: now };
  return { id, namespace: 'default', name, spec: { session: { url } }, labels: {}, annotations: {}, hash: crc32(id), ...times, version: 1 };
}
