import { done } from './outcome.ts';
import type { Handler, WorkerParts } from './parts.ts';

/** Commands put back by one run; the rest follows with the next. */
const MOST_AT_ONCE = 1000;

/** Puts back what the queue lost: what is due stands in the rows. Dropped where the command waits, runs or snoozes already. */
export const repairHandler = ({ store, queue, log }: WorkerParts): Handler => ({
  async run() {
    const commands = await store.dueCommands(MOST_AT_ONCE);
    for (const command of commands) await queue.ensure(command);
    if (commands.length > 0) log.debug({ commands: commands.length }, 'due commands ensured');
    return done;
  },
});
