import { DreyError } from '../../src/domain/errors.ts';
import type { Job } from '../../src/domain/job.ts';
import type { SqlTable, SqlTableName, SqlTableQuestions } from '../../src/domain/sql-session.ts';
import type { OperationBegun, OperationEnd, SqlGateway, SubmissionEnd } from '../../src/ports/sql.ts';
import { hasMistake, programOf, scriptOf } from './deployments.ts';
import type { SimulatedFlink } from './flink.ts';
import type { World } from './world.ts';

interface Session {
  readonly tables: Set<string>;
  /** A file that a plan was compiled into, and that nobody has read. */
  hasPlanFile: boolean;
  readonly ends: Map<string, OperationEnd>;
  readonly answers: Map<string, SubmissionEnd>;
}

/** Who watches a gateway. */
export interface GatewayWatch {
  opened(): void;
  /** A script is about to be submitted in its session. */
  submitting(): void;
  /** A statement is run in a session. */
  ran(session: string): void;
}

export interface SimulatedGateway {
  readonly gateway: SqlGateway;
  isOpen(session: string): boolean;
  /** Its process dies, and another takes its place that knows no session. */
  restart(): void;
  /** Nobody reaches it for a while; what is under way there goes on. */
  outage(ms: number): void;
  /** No more lost answers and delays. */
  calm(): void;
}

const LIMIT_MS = 1000;
const GONE = { kind: 'gone' } as const;
const RUNNING = { kind: 'running' } as const;
const DONE = { kind: 'done', value: undefined } as const;
const LOST = { kind: 'inDoubt', message: 'Failed to execute job' } as const;

const statementsOf = (job: Job): string[] => (scriptOf(job) ?? '').split(';').map((statement) => statement.trim());
const failed = (message: string) => ({ kind: 'failed', message }) as const;
const named = (name: string): SqlTableName => ({ catalogName: 'default_catalog', databaseName: 'default_database', name });

/** The SQL Gateway of the simulated cluster, with the habits of the real one: what is begun ends later, and a session knows what was done in it. */
export function simulatedGateway(world: World, flink: SimulatedFlink, watch: GatewayWatch): SimulatedGateway {
  const sessions = new Map<string, Session>();
  let downUntil = 0;
  let rough = true;
  let incarnation = 1;
  let handles = 0;

  const unreachable = (): DreyError => new DreyError('clusterUnreachable', 'http://gateway did not answer');
  /** A request may be lost, arrive when nobody waits for it any more, or be done and not answered. */
  const call = async <T>(execute: () => T): Promise<T> => {
    const heldMs = rough && world.chance(0.05) ? world.between(500, 5000) : world.between(1, 30);
    const isReached = (): boolean => world.now() >= downUntil && !(rough && world.chance(0.02));
    if (heldMs > LIMIT_MS) {
      world.after(heldMs, () => {
        if (isReached()) execute();
      });
      await world.sleep(LIMIT_MS);
      throw unreachable();
    }
    await world.sleep(heldMs);
    if (!isReached()) throw unreachable();
    const answer = execute();
    if (rough) await world.sleep(world.between(1, 30));
    if (rough && world.chance(0.03)) throw unreachable();
    return answer;
  };

  const begin = (session: string, run: (own: Session, operation: string) => void): OperationBegun => {
    const own = sessions.get(session);
    if (own === undefined) return GONE;
    watch.ran(session);
    const operation = `operation-${++handles}`;
    run(own, operation);
    return { kind: 'begun', operation };
  };
  const execute = (session: string, statement: (own: Session) => OperationEnd): OperationBegun =>
    begin(session, (own, operation) => {
      const end = statement(own);
      own.ends.set(operation, RUNNING);
      world.after(world.between(5, rough && world.chance(0.05) ? 3000 : 20), () => void own.ends.set(operation, end));
    });
  const endOf = (session: string, operation: string): OperationEnd => sessions.get(session)?.ends.get(operation) ?? GONE;

  /** What is there already is not made again. */
  const define = (text: string, { tables }: Session): OperationEnd => {
    if (hasMistake(text)) return failed('Unknown identifier');
    const [, table] = /^CREATE TABLE (\w+)/.exec(text) ?? [];
    if (table === undefined) return DONE;
    if (tables.has(table)) return failed(`Table ${table} already exists`);
    tables.add(table);
    return DONE;
  };
  const plan = (job: Job, own: Session, isCompiled: boolean): OperationEnd => {
    if (hasMistake(scriptOf(job) ?? '') || own.tables.size < 2) return failed('Object not found');
    if (isCompiled && own.hasPlanFile) return failed('Cannot overwrite the plan file');
    own.hasPlanFile ||= isCompiled;
    return DONE;
  };

  /** Flink's client sends a job again by itself, to whichever JobManager is there by then. To close the session does not end that, only the end of the process. */
  const send = async (job: Job): Promise<SubmissionEnd> => {
    const sender = incarnation;
    for (let tries = 0; tries < 3 && sender === incarnation; tries++) {
      await world.sleep(rough && world.chance(0.3) ? world.between(100, 3000) : world.between(1, 30));
      const answer = await flink.receive(job);
      const isTold = answer.kind === 'accepted' || answer.kind === 'duplicate' || answer.kind === 'refused';
      if (isTold) return rough && world.chance(0.05) ? LOST : answer;
      await world.sleep(3000);
    }
    return LOST;
  };
  const insert = async (job: Job, session: string, own: Session, operation: string): Promise<void> => {
    const { mainMs, refused } = programOf(job);
    own.answers.set(operation, RUNNING);
    watch.submitting();
    await world.sleep(mainMs);
    if (sessions.get(session) !== own) return;
    own.answers.set(operation, refused ? { kind: 'refused', message: 'ValidationException' } : await send(job));
  };

  /** What a catalog says of a table may be another thing the next time. */
  const tableIn = (session: string, { columns, definition, ...name }: SqlTableQuestions): SqlTable => ({
    ...name,
    temporary: false,
    columns: [{ name: 'id', type: 'BIGINT' }],
    properties: { 'seen-in': session },
  });

  const gateway: SqlGateway = {
    open: () =>
      call(() => {
        const session = `session-${++handles}`;
        sessions.set(session, { tables: new Set(), hasPlanFile: false, ends: new Map(), answers: new Map() });
        watch.opened();
        return session;
      }),
    define: (job, session, index) => call(() => execute(session, (own) => define(statementsOf(job)[index]!, own))),
    defined: (_job, session, operation) => call(() => endOf(session, operation)),
    recipes: world.chance(0.5) ? ['compile', 'explain'] : ['explain'],
    plan: (job, session, recipe) => call(() => execute(session, (own) => plan(job, own, recipe === 'compile'))),
    planned: (_job, session, operation, recipe) =>
      call(() => {
        const own = sessions.get(session);
        if (own === undefined) return GONE;
        const end = endOf(session, operation);
        if (end.kind !== 'done') return end;
        if (recipe === 'compile' && !own.hasPlanFile) return failed('the plan file is not there');
        if (recipe === 'compile') own.hasPlanFile = false;
        return { kind: 'done', value: { sources: [[named('src')]], sinks: [[named('snk')]] } };
      }),
    describe: (session, { sources, sinks }) =>
      call(() => {
        if (!sessions.has(session)) return undefined;
        const ask = (): string => {
          const begun = execute(session, () => DONE);
          return begun.kind === 'begun' ? begun.operation : '';
        };
        const question = (name: SqlTableName): SqlTableQuestions => ({ ...name, columns: ask(), definition: ask() });
        return { sources: sources.map((names) => names.map(question)), sinks: sinks.map((names) => names.map(question)) };
      }),
    described: (_job, session, { sources, sinks }) =>
      call(() => {
        for (const { columns, definition } of [...sources, ...sinks].flat()) {
          for (const end of [endOf(session, columns), endOf(session, definition)]) if (end.kind !== 'done') return end;
        }
        const tables = (all: typeof sources): SqlTable[] => all.flat().map((name) => tableIn(session, name));
        return { kind: 'done', value: { sources: tables(sources), sinks: tables(sinks) } };
      }),
    async submit(job, session) {
      if (world.now() < downUntil) return { kind: 'notSubmitted', message: 'connection refused' };
      const begun = call(() => begin(session, (own, operation) => void insert(job, session, own, operation)));
      return begun.catch(() => ({ kind: 'inDoubt', message: 'no answer in time' }));
    },
    submitted: (_job, session, operation) => call(() => sessions.get(session)?.answers.get(operation) ?? GONE),
    // Its jobs run where the target says, and nobody asks for a check.
    revoke: () => Promise.reject(new Error('the job is in no other cluster')),
    check: () => Promise.reject(new Error('no script is checked here')),
    close: (session) => call(() => void sessions.delete(session)),
  };

  return {
    gateway,
    isOpen: (session) => sessions.has(session),
    restart() {
      world.note('the SQL Gateway is replaced');
      incarnation++;
      downUntil = Math.max(downUntil, world.now() + world.between(100, 4000));
      sessions.clear();
    },
    outage(ms) {
      world.note(`outage of the SQL Gateway for ${ms} ms`);
      downUntil = Math.max(downUntil, world.now() + ms);
    },
    calm() {
      rough = false;
    },
  };
}
