import type { Command } from 'commander';
import { CommandError, EXIT, usage } from './exit.ts';
import { parseOne, pathOf } from './kinds.ts';
import { outputOption, printDocument, type Format } from './output.ts';
import { oneLine } from './screen.ts';
import type { Run, Session } from './session.ts';
import { specChanges, valueText, type FieldChange } from './spec-changes.ts';
import { createColumns } from './table.ts';
import type { JobView } from './wire.ts';

/** `drey diff`: the fields in which the specs of two Jobs differ, side by side. Ends as diff(1) does: 0 the same, 1 different, 2 trouble. */
export function addDiff(program: Command, run: Run): void {
  program
    .command('diff')
    .description(
      'the fields in which the specs of two Jobs differ; exit code 0 when there are none, 1 when there are, 2 for any other trouble',
    )
    .argument('<before>', 'the id of a Job')
    .argument('<after>', 'that of another')
    .addOption(outputOption(['table', 'json', 'yaml']))
    .action((before: string, after: string, { output }: { output: Format }, command: Command) =>
      run(command, (session) => diff(session, [before, after], output)),
    );
}

async function diff(session: Session, words: readonly [string, string], output: Format): Promise<number> {
  const [before, after] = await Promise.all([jobOf(session, words[0]), jobOf(session, words[1])]);
  const changes = specChanges(before.spec, after.spec);
  const { screen } = session;
  if (output === 'json' || output === 'yaml') {
    await printDocument(screen, output, { before: before.metadata.id, after: after.metadata.id, changes });
  } else if (changes.length > 0) {
    printTable(session, ['', titleOf(before), titleOf(after)], changes);
  } else screen.tell('The specs of both Jobs are the same.');
  return changes.length === 0 ? EXIT.reached : EXIT.failed;
}

/** A refusal of the server must not look like a difference. */
async function jobOf({ server }: Session, word: string): Promise<JobView> {
  const reference = parseOne(word.includes('/') ? word : `job/${word}`, undefined, ['job']);
  const { body } = await server.get<JobView>(pathOf(reference)).catch((error: unknown) => {
    throw error instanceof CommandError && error.exitCode === EXIT.failed ? usage(error.message) : error;
  });
  return body;
}

const titleOf = ({ metadata }: JobView): string => `${metadata.deploymentName} ${metadata.id}`;

function printTable({ screen }: Session, titles: readonly string[], changes: readonly FieldChange[]): void {
  const rows = changes.map(({ field, before, after }) => [
    oneLine(field),
    screen.tint('red', oneLine(valueText(before))),
    screen.tint('green', oneLine(valueText(after))),
  ]);
  screen.print(...createColumns()([titles, ...rows]));
}
