import type { CommandKind } from '../src/domain/due.ts';
import { deploymentHandler } from './deployment.ts';
import type { Handler, WorkerParts } from './parts.ts';
import { probeHandler, probeTargetWith, sweepHandler } from './probe.ts';
import { repairHandler } from './repair.ts';
import { startHandler } from './start.ts';
import { terminateHandler } from './terminate.ts';

export type Handlers = { readonly [K in CommandKind]: Handler };

/** One handler a kind of command. */
export function handlersFor(parts: WorkerParts): Handlers {
  const probeTarget = probeTargetWith(parts);
  return {
    deployment: deploymentHandler(parts),
    start: startHandler(parts),
    terminate: terminateHandler(parts),
    probe: probeHandler(probeTarget),
    sweep: sweepHandler(parts, probeTarget),
    repair: repairHandler(parts),
  };
}
