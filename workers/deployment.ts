import { done, snooze } from './outcome.ts';
import type { Handler, WorkerParts } from './parts.ts';

/** Serves the timers of a Deployment (the wait between failed Jobs) and what `repair` finds due. */
export const deploymentHandler = ({ engine, store }: WorkerParts): Handler => ({
  version: (id) => store.deploymentVersion(id),
  setAside: (id, reason) => engine.deployments.setAside(id, reason),
  async run({ id }) {
    const dueInMs = await engine.deployments.advance(id);
    return dueInMs === undefined ? done : snooze(dueInMs);
  },
});
