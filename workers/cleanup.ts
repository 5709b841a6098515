import { done } from './outcome.ts';
import type { Handler, WorkerParts } from './parts.ts';

/** Deletes what is beyond the limits (`jobs`, `events`), forgets ids whose time is over (`ids`), or removes a deleted Deployment (its id). */
export const cleanupHandler = ({ engine: { retention }, log }: WorkerParts): Handler => ({
  async run({ id }) {
    switch (id) {
      case 'jobs': {
        const jobs = await retention.cleanJobs();
        if (jobs.length > 0) log.info({ jobs: jobs.length }, 'jobs beyond their limit deleted');
        break;
      }
      case 'events': {
        const events = await retention.cleanEvents();
        if (events > 0) log.info({ events }, 'events beyond their limit deleted');
        break;
      }
      case 'ids':
        await retention.forgetIds();
        break;
      default:
        await retention.purge(id);
        log.info({ deployment: id }, 'deleted deployment removed');
    }
    return done;
  },
});
