import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Knex } from 'knex';
import { after, before, describe, it } from 'mocha';
import { connect } from '../../src/store/connection.ts';
import { prepareDatabase } from '../../src/store/prepare.ts';
import { sqlStore } from '../../src/store/store.ts';
import { manifest, testApi, type TestApi } from '../support/api.ts';
import { aSeen } from '../support/factories.ts';
import { settingsOf, type Mariadb } from '../support/mariadb.ts';
import { privateMariadb } from '../support/servers.ts';
import { framesOf } from '../support/sse.ts';

const CLIENTS = 20;
const DISCONNECTS = 50;
const KINDS = ['deployments', 'jobs', 'events'] as const;

/** What a client knows: versions by id, all that it was ever told of, and from where it reads on. */
interface Client {
  readonly kind: (typeof KINDS)[number];
  readonly known: Map<string, number>;
  readonly told: Set<string>;
  lastId: string | undefined;
}

describe('watching two daemons on MariaDB', () => {
  let mariadb: Mariadb;
  const pools: Knex[] = [];
  const daemons: { api: TestApi; url: string }[] = [];
  before(async () => {
    mariadb = await privateMariadb();
    const settings = { ...settingsOf(mariadb), poolSize: 20 };
    await prepareDatabase(settings);
    for (let i = 0; i < 2; i++) {
      const pool = connect(settings);
      pools.push(pool);
      const store = sqlStore(pool);
      // The second one finds the target there.
      const api = await testApi(store);
      daemons.push({ api, url: `${await api.app.listen({ port: 0 })}/api/v1/namespaces/default` });
    }
    const regime = { probeIntervalMs: 1000, shards: 1, repairIntervalMs: 1000, retention: { rememberIdsMs: 1000 } };
    await daemons[0]!.api.store.declareRegime(regime);
  });
  after(async () => {
    await Promise.all(daemons.map(({ api }) => api.app.close()));
    await Promise.all(pools.map((pool) => pool.destroy()));
    await mariadb.stop();
  });

  /** Reads until `isEnough` frames, or for a while, and breaks off. */
  const read = async (
    client: Client,
    daemon: number,
    isEnough: (id: string | undefined, frames: number) => boolean,
    forMs: number,
  ): Promise<void> => {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), forMs);
    const headers: Record<string, string> = client.lastId === undefined ? {} : { 'last-event-id': client.lastId };
    if (client.lastId === undefined) client.known.clear();
    let frames = 0;
    try {
      for await (const { event, id, data } of framesOf(`${daemons[daemon]!.url}/${client.kind}?watch=true`, headers, abort.signal)) {
        client.lastId = id ?? client.lastId;
        if (data !== undefined) {
          const { metadata } = data;
          client.told.add(metadata.id);
          if (event === 'DELETED') client.known.delete(metadata.id);
          else client.known.set(metadata.id, Math.max(metadata.resourceVersion, client.known.get(metadata.id) ?? 0));
        }
        if (isEnough(id, ++frames)) break;
      }
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
      abort.abort();
    }
  };

  it(`misses nothing in ${CLIENTS * DISCONNECTS} disconnects`, async () => {
    const random = fc.sample(fc.integer({ min: 0, max: 59 }), { numRuns: CLIENTS * DISCONNECTS, seed: 1 });
    let isWriting = true;
    let round = 0;
    const write = async (writer: number): Promise<void> => {
      const { api } = daemons[writer % 2]!;
      for (let i = 0; isWriting; i++) {
        const name = `w${writer}-${i % 7}`;
        round++;
        switch (i % 4) {
          case 0:
            await api.send('PUT', `/deployments/${name}`, manifest(name, { state: 'RUNNING' }, { parallelism: 1 + (i % 5) }));
            break;
          case 1: {
            const [job] = await api.store.jobs('default', { active: true });
            if (job !== undefined && writer > 2)
              await api.engine.jobs.refuse(job, { reason: 'ArtifactUnavailable', message: 'no such jar' });
            else if (job !== undefined)
              await api.store.recordSightings([{ job, seen: aSeen({ restarts: job.restarts + 1 }), ageMs: () => 0 }]);
            break;
          }
          case 2:
            await api.patch(name, { spec: { state: 'CANCELLED' }, metadata: { labels: { i: String(i) } } });
            break;
          case 3: {
            const { status, body } = await api.send('DELETE', `/deployments/${name}`);
            if (status === 200) await api.engine.retention.purge(body.metadata.id);
            break;
          }
        }
        await pause(5);
      }
    };
    /** Reads the clock, changes a row, and commits much later: others have been seen by then. */
    const dawdle = async (): Promise<void> => {
      while (isWriting) {
        await pools[0]!.transaction(async (trx) => {
          await trx.raw(
            "UPDATE deployments SET version = version + 1, modified_at = NOW(3) WHERE namespace = 'default' AND name = 'slow' AND live = 1",
          );
          await pause(400);
        });
        await pause(20);
      }
    };
    await daemons[0]!.api.post(manifest('slow'));
    const writers = [...[1, 2, 3, 4].map(write), dawdle()];
    const clients = Array.from({ length: CLIENTS }, (_, i): Client => {
      return { kind: KINDS[i % 3]!, known: new Map(), told: new Set(), lastId: undefined };
    });
    const began = new Set((await daemons[0]!.api.store.events('default', {}, { limit: 100_000 })).map(({ id }) => id));
    await Promise.all(
      clients.map(async (client, c) => {
        for (let i = 0; i < DISCONNECTS; i++) {
          const chance = random[c * DISCONNECTS + i]!;
          await read(client, chance % 2, (_id, frames) => frames > chance, 20 + chance * 5);
        }
      }),
    );
    isWriting = false;
    await Promise.all(writers);
    const end = (await daemons[0]!.api.store.now()).getTime();
    await Promise.all(clients.map((client, c) => read(client, c % 2, (id) => Number(id ?? 0) > end, 30_000)));

    const { store } = daemons[0]!.api;
    const versions = (rows: readonly { id: string; version: number }[]) => Object.fromEntries(rows.map(({ id, version }) => [id, version]));
    const truth = {
      deployments: versions(await store.deployments('default')),
      jobs: versions(await store.jobs('default', {})),
    };
    const events = (await store.events('default', {}, { limit: 100_000 })).map(({ id }) => id).filter((id) => !began.has(id));
    expect(round).to.be.greaterThan(20);
    expect(events.length).to.be.greaterThan(20);
    for (const { kind, known, told } of clients) {
      if (kind === 'events') expect(events.filter((id) => !told.has(id))).to.deep.equal([]);
      else expect(Object.fromEntries([...known].sort()), kind).to.deep.equal(truth[kind]);
    }
  }).timeout(120_000);
});
