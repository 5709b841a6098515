import type { CommandKind } from '../src/domain/due.ts';
import { deploymentHandler } from './deployment.ts';
import { cleanupHandler } from './cleanup.ts';
import type { Handler, WorkerParts } from './parts.ts';
import { probeHandler, probeTargetWith } from './probe.ts';
import { observeWith } from './observe.ts';
import { repairHandler } from './repair.ts';
import { savepointHandler } from './savepoint.ts';
import { startHandler } from './start.ts';
import { sweepHandler } from './sweep.ts';
import { terminateHandler } from './terminate.ts';

export type Handlers = { readonly [K in CommandKind]: Handler };

/** One handler a kind of command. */
export function handlersFor(parts: WorkerParts): Handlers {
  const observe = observeWith(parts);
  const probeTarget = probeTargetWith(parts, observe);
  return {
    deployment: deploymentHandler(parts),
    start: startHandler(parts),
    savepoint: savepointHandler(parts, observe),
    terminate: terminateHandler(parts),
    probe: probeHandler(parts, probeTarget),
    sweep: sweepHandler(parts, probeTarget),
    cleanup: cleanupHandler(parts),
    repair: repairHandler(parts),
  };
}
