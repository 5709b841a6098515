import { parse } from 'yaml';
import { valueAt } from '../src/schema/walk.ts';
import { isSecret, LEAVES, notedNode, variableOf, type Leaf } from './names.ts';

const HEAD = `# Configuration

<!-- Made from config/schema.ts and config/default.yaml by \`npm run docs\`: change those and run it. -->

Every setting has a default or may be left out. These sources are read, each overriding the ones before it, setting by setting:

1. [config/default.yaml](../config/default.yaml), which comes with Drey and is not to be edited;
2. \`config/local.yaml\` in the working directory, where there is one;
3. the file that \`drey serve --config FILE\` names, or else the variable \`DREY_CONFIG\`;
4. the environment, by the variables below.

A **secret** may also be in a file of its own: \`DREY_MYSQL_PASSWORD_FILE=/run/secrets/mysql\` stands for \`DREY_MYSQL_PASSWORD\` with what that file
holds, without the line break at its end. Both at once are a fault.

A **Duration** is one number with ns, us, ms, s, m, h or d (\`90s\`; bare: milliseconds), or ISO-8601 (\`PT1M30S\`); \`1h30m\` is none, and none is
zero or negative.

Keys may be spelt \`read-timeout\`, \`readTimeout\` or \`read_timeout\`, and one key may stand for several levels (\`drey.flink.read-timeout: 5s\`).
The configuration is checked whole at start-up: all faults of all sources are told at once, each with its file and line, and the daemon does not
start. What is in effect is logged, without secrets. A change takes effect at the next start.
`;

const VVP = `## Names of Ververica Platform

These keep the names and spellings that they have there, so a \`vvp:\` block can be pasted from a values file. In the environment both
\`VVP_JOB_SERVICE_JOBS_CLEANUP_INTERVAL\` and Spring's \`VVP_JOBSERVICE_JOBSCLEANUPINTERVAL\` are read. The two settings of a service belong together:
one without the other is a fault. Any other key below \`vvp\` is accepted, has no effect, and is named in a warning at start-up.
`;

/** docs/configuration.md: every setting as the schema has it, with its default out of the text of default.yaml. */
export function configurationPage(defaultYaml: string): string {
  const defaults: unknown = parse(defaultYaml);
  const groups = [...new Set(LEAVES.map(groupOf))].map((group) => {
    const aliases = group.startsWith('vvp') ? ['Also called'] : [];
    const rows = LEAVES.filter((leaf) => groupOf(leaf) === group).map((leaf) => [
      code(leaf.name),
      code(variableOf(leaf.name)) + (isSecret(leaf) ? ' or `…_FILE`' : ''),
      typeOf(leaf),
      shownDefault(valueAt(defaults, leaf.name.split('.'))),
      notedNode(leaf.schema).description,
      ...aliases.map(() => leaf.aliases.map(code).join(', ')),
    ]);
    const heading = `${group.startsWith('vvp') ? '###' : '##'} ${code(group)}\n`;
    return {
      group,
      text: `${heading}\n${table([['Setting', 'Environment variable', 'Type', 'Default', 'What it says', ...aliases], ...rows])}`,
    };
  });
  const textOf = (prefix: string) => groups.filter(({ group }) => group.startsWith(prefix)).map(({ text }) => text);
  return [HEAD, ...textOf('drey'), VVP, ...textOf('vvp')].join('\n');
}

/** `drey.flink` for `drey.flink.breaker.first`. */
const groupOf = ({ name }: Leaf): string => name.split('.').slice(0, 2).join('.');

const code = (text: string): string => `\`${text}\``;

function typeOf(leaf: Leaf): string {
  const { longest, isSize, enum: words, minimum, maximum, type } = notedNode(leaf.schema);
  if (longest !== undefined) return `Duration, at most ${longest}`;
  if (isSize === true) return 'size, such as 512MiB';
  if (words !== undefined) return words.map((word) => code(String(word))).join(', ');
  if (type === 'integer') return `integer, ${minimum ?? ''} to ${maximum ?? ''}`;
  if (type === 'boolean') return '`true` or `false`';
  return isSecret(leaf) ? 'secret' : 'text';
}

const shownDefault = (value: unknown): string => (['string', 'number', 'boolean'].includes(typeof value) ? code(String(value)) : '');

/** Markdown, its columns aligned as the formatter wants them. */
function table(rows: readonly (readonly (string | undefined)[])[]): string {
  const cells = rows.map((row) => row.map((cell = '') => cell.replaceAll('|', '\\|')));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`;
  const [head = [], ...body] = cells;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('');
}
