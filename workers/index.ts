import type { CommandKind } from '../src/domain/due.ts';
import { deploymentHandler } from './deployment.ts';
import { cleanupHandler } from './cleanup.ts';
import type { Handler, WorkerParts } from './parts.ts';
import { probeHandler, probeTargetWith } from './probe.ts';
import { repairHandler } from './repair.ts';
import { startHandler } from './start.ts';
import { sweepHandler } from './sweep.ts';
import { terminateHandler } from './terminate.ts';

export type Handlers = { readonly [K in CommandKind]: Handler };

/** One handler a kind of command. */
export function handlersFor(parts: WorkerParts): Handlers {
  const probeTarget = probeTargetWith(parts);
  return {
    deployment: deploymentHandler(parts),
    start: startHandler(parts),
    terminate: terminateHandler(parts),
    probe: probeHandler(parts, probeTarget),
    sweep: sweepHandler(parts, probeTarget),
    cleanup: cleanupHandler(parts),
    repair: repairHandler(parts),
  };
}
