import type { CommandKind } from '../src/domain/due.ts';
import { done } from './outcome.ts';
import type { Handler, WorkerParts } from './parts.ts';

/** Rows read at once. */
const PAGE = 1000;

/** Puts back what the queue lost: what is due stands in the rows. Dropped where the command waits, runs or snoozes already. */
export const repairHandler = ({ store, queue, listener, log }: WorkerParts): Handler => ({
  async run() {
    const counts = new Map<CommandKind, number>();
    // To the end, since what stays due (a termination that cannot be delivered) must not hide what came due after it.
    for (let skip = 0; ; skip += PAGE) {
      const commands = await store.dueCommands(PAGE, skip);
      if (commands.length === 0) break;
      for (const command of commands) {
        await queue.ensure(command);
        counts.set(command.kind, (counts.get(command.kind) ?? 0) + 1);
      }
    }
    for (const [kind, count] of counts) listener.requeued(kind, count);
    if (counts.size > 0) log.debug({ commands: Object.fromEntries(counts) }, 'due commands ensured');
    return done;
  },
});
