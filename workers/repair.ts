import { done } from './outcome.ts';
import type { Handler, WorkerParts } from './parts.ts';

/** Rows read at once. */
const PAGE = 1000;

/** Puts back what the queue lost: what is due stands in the rows. Dropped where the command waits, runs or snoozes already. */
export const repairHandler = ({ store, queue, log }: WorkerParts): Handler => ({
  async run() {
    let count = 0;
    // To the end, since what stays due (a termination that cannot be delivered) must not hide what came due after it.
    for (let skip = 0; ; skip += PAGE) {
      const commands = await store.dueCommands(PAGE, skip);
      if (commands.length === 0) break;
      for (const command of commands) await queue.ensure(command);
      count += commands.length;
    }
    if (count > 0) log.debug({ commands: count }, 'due commands ensured');
    return done;
  },
});
