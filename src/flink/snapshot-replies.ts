import { Type } from 'typebox';
import type { StatePaths } from '../ports/targets.ts';
import { read, type Reader } from './replies.ts';
import { rootCause, throwables, type Throwable } from './throwables.ts';

/** An operation that Flink does in the background: a savepoint, a stop, a disposal. */
export type Operation =
  | { readonly kind: 'inProgress' }
  | { readonly kind: 'completed'; readonly location?: string }
  /** COMPLETED, by Flink's word. The chain is empty when Flink gives no cause. */
  | { readonly kind: 'failed'; readonly chain: readonly Throwable[]; readonly message: string };

const Outcome = Type.Object({
  location: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  'failure-cause': Type.Optional(Type.Union([Type.Object({ 'stack-trace': Type.String() }), Type.Null()])),
});

const OperationAnswer = Type.Object({
  status: Type.Object({ id: Type.String() }),
  operation: Type.Optional(Type.Union([Outcome, Type.Null()])),
});

/** `GET /jobs/:id/savepoints/:triggerId` and `/savepoint-disposal/:id`. COMPLETED is no success: there is a location, a cause of failure, or (of a disposal) neither. */
export const readOperation: Reader<Operation> = read(OperationAnswer, ({ status, operation }) => {
  if (status.id === 'IN_PROGRESS') return { kind: 'inProgress' };
  if (status.id !== 'COMPLETED') return undefined;
  const stackTrace = operation?.['failure-cause']?.['stack-trace'];
  if (stackTrace !== undefined) {
    const chain = throwables(stackTrace);
    return { kind: 'failed', chain, message: rootCause(chain) ?? stackTrace.slice(0, 1000) };
  }
  const location = operation?.location ?? undefined;
  return { kind: 'completed', ...(location === undefined ? {} : { location }) };
});

/** `{"request-id"}`: the id by which the operation is asked for. */
export const readRequestId: Reader<string> = read(Type.Object({ 'request-id': Type.String() }), (answer) => answer['request-id']);

const Snapshot = Type.Union([
  Type.Object({ external_path: Type.Optional(Type.Union([Type.String(), Type.Null()])), discarded: Type.Optional(Type.Boolean()) }),
  Type.Null(),
]);
const Snapshots = Type.Object({ latest: Type.Object({ completed: Type.Optional(Snapshot), savepoint: Type.Optional(Snapshot) }) });

/** `GET /jobs/:id/checkpoints`, also of ended jobs. Without what Flink has discarded, or has kept in its memory only. */
export const readStatePaths: Reader<StatePaths> = read(Snapshots, ({ latest }) => {
  const [savepoint, checkpoint] = [latest.savepoint, latest.completed].map((snapshot) => {
    const path = snapshot?.discarded === true ? undefined : (snapshot?.external_path ?? undefined);
    return path !== undefined && /^[a-z][a-z0-9+.-]*:/i.test(path) ? path : undefined;
  });
  return { ...(savepoint === undefined ? {} : { savepoint }), ...(checkpoint === undefined ? {} : { checkpoint }) };
});
