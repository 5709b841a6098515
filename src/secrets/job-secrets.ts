import { DreyError } from '../domain/errors.ts';
import { jobIdOf } from '../domain/job.ts';
import { redaction } from '../domain/redaction.ts';
import { namesIn, revealedSpec, secretNamesIn, placeOfReference, sourcePlace, withValues } from '../domain/secret-references.ts';
import type { SecretValue } from '../domain/secret-value.ts';
import type { Naming, SecretBox, Secrets } from '../ports/secrets.ts';
import type { Store } from '../ports/store.ts';

/** Of so many Jobs it is remembered that they name no secret: their specs never change. */
const MOST_PLAIN = 100_000;

/** The secrets of Jobs, read anew each time: another daemon may have changed them. */
export function jobSecrets(store: Pick<Store, 'job' | 'secretValue'>, box: SecretBox): Secrets {
  const plain = new Set<string>();

  const named = async ({ namespace, spec }: Naming): Promise<Map<string, SecretValue | undefined>> =>
    new Map(
      await Promise.all(
        secretNamesIn(spec).map(
          async (name) => [name, await store.secretValue(namespace, name)] satisfies [string, SecretValue | undefined],
        ),
      ),
    );

  const current = (secret: SecretValue): string => box.open(secret, secret.sealed);
  const former = (secret: SecretValue): string[] => secret.formerSealed.map((sealed) => box.open(secret, sealed));

  return {
    async revealedPath(namespace, path) {
      const found = await Promise.all(namesIn(path).map((name) => store.secretValue(namespace, name)));
      const values = new Map(found.flatMap((secret) => (secret === undefined ? [] : [[secret.name, current(secret)] as const])));
      return withValues(path, (name) => values.get(name) ?? `\${${name}}`);
    },
    async ofJob(job) {
      const found = [...(await named(job))];
      const missing = found.flatMap(([name, secret]) => (secret === undefined ? [name] : []));
      if (missing.length > 0) throw absent(job, missing);
      const values = new Map(found.flatMap(([name, secret]) => (secret === undefined ? [] : [[name, current(secret)] as const])));
      const valueOf = (name: string): string => values.get(name) ?? '';
      return {
        revealed: { ...job, spec: revealedSpec(job.spec, valueOf) },
        // A session may have been opened with a value that was given up since.
        redact: redaction(
          found.flatMap(([name, secret]) => (secret === undefined ? [] : [{ name, values: [current(secret), ...former(secret)] }])),
        ),
        sourcePlace: (at) => (job.spec.artifact.kind === 'SQLSCRIPT' ? sourcePlace(job.spec.artifact.sqlScript, valueOf, at) : at),
      };
    },
    async redactionOf(id) {
      if (plain.has(id)) return redaction([]);
      const row = await store.job(jobIdOf(id));
      if (row === undefined) return redaction([]);
      const secrets = await named(row.job);
      if (secrets.size === 0) {
        if (plain.size >= MOST_PLAIN) plain.clear();
        plain.add(id);
      }
      const known = [...secrets.values()].filter((secret) => secret !== undefined);
      return redaction(known.map((secret) => ({ name: secret.name, values: [current(secret), ...former(secret)] })));
    },
  };
}

function absent({ namespace, spec: { artifact } }: Naming, names: readonly string[]): DreyError {
  const [first = ''] = names;
  const place = artifact.kind === 'SQLSCRIPT' ? placeOfReference(artifact.sqlScript, first) : undefined;
  const where = place === undefined ? '' : ` (line ${place.line}, column ${place.column} of the script)`;
  const which = names.map((name) => `"${name}"`).join(', ');
  return new DreyError(
    'secretMissing',
    `there is no SecretValue ${which} in namespace ${namespace}, which the spec names${where}; make it (drey secret set ${first}), or write $\${${first}} where the text is meant`,
  );
}
