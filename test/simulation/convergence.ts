import { isUnreleased } from '../../src/domain/job.ts';
import type { Store } from '../../src/ports/store.ts';
import type { World } from './world.ts';

/** I13: when the faults have stopped, each Deployment is where it is wanted, and each event has its number. */
export async function converged(world: World, store: Store): Promise<void> {
  for (const deployment of await store.deployments('default')) {
    const jobs = await store.jobs('default', { deploymentId: deployment.id });
    const states = jobs.map(({ state }) => state).join(', ');
    const atRest = {
      CANCELLED: ['CANCELLED'],
      SUSPENDED: ['SUSPENDED', 'FINISHED', 'FAILED'],
      RUNNING: ['RUNNING', 'FINISHED', 'FAILED'],
    }[deployment.spec.state];
    if (!atRest.includes(deployment.state))
      throw new Error(`I13 ${deployment.name} is ${deployment.state}, wanted ${deployment.spec.state}; Jobs ${states}`);
    const active = jobs.find(({ state }) => state === 'STARTED');
    if (active !== undefined && world.now() - active.observedAt.getTime() > 15_000)
      throw new Error(`I13 Job ${active.id} is not observed any more`);
    const runs = deployment.state === 'RUNNING' || (deployment.state === 'FAILED' && deployment.failure?.reason === 'SavepointsFailed');
    if (runs !== (active !== undefined)) throw new Error(`I13 ${deployment.name} is ${deployment.state}; Jobs ${states}`);
    const unsettled = (await store.savepoints('default', { deploymentId: deployment.id })).find(({ state }) => state === 'STARTED');
    if (unsettled !== undefined) throw new Error(`I13 Savepoint ${unsettled.id} of ${deployment.name} never settled`);
    const unreleased = jobs.find(isUnreleased);
    if (unreleased !== undefined) throw new Error(`I13 nobody looked for what Job ${unreleased.id} left behind`);
    const events = await store.events('default', { deploymentId: deployment.id }, { limit: 10_000 });
    if (events.some(({ number }, index) => number !== index + 1)) throw new Error(`I6 the events of ${deployment.name} have gaps`);
    for (const job of jobs) {
      const told = events.filter(({ jobId, name }) => jobId === job.id && name === 'JOB_SUCCESSFULLY_STARTED').length;
      if (told !== (job.startedAt === undefined ? 0 : 1)) throw new Error(`I6 Job ${job.id} was told started ${told} times`);
    }
  }
}
