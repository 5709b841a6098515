import { DreyError } from '../src/domain/errors.ts';
import type { Job } from '../src/domain/job.ts';
import type { Cluster, FetchedArtifact } from '../src/ports/targets.ts';
import { done, snooze, type Outcome } from './outcome.ts';
import type { WorkerParts } from './parts.ts';
import { AGAIN_MS, untilDueMs, type Look, type Way } from './way.ts';

/** How a jar is submitted: it is fetched, put on the cluster, and its main() run there. */
export function jarWay({ engine, targets }: WorkerParts, look: Look): Way {
  const submit = async (job: Job, cluster: Cluster, artifact: FetchedArtifact): Promise<Outcome> => {
    if (job.artifactSha256 !== undefined && job.artifactSha256 !== artifact.sha256) {
      const { artifact: named } = job.spec;
      const what = named.kind === 'JAR' ? named.jarUri : 'its artifact';
      throw new DreyError('artifactUnavailable', `${what} is no longer the file that this Job was submitted with; change the Deployment`);
    }
    const uploaded = await cluster.upload(artifact);
    const fingerprint = await cluster.fingerprint();
    if (job.submission === 'inDoubt' && fingerprint !== job.fingerprint) return look(job, snooze(AGAIN_MS));
    const begun = await engine.jobs.beginSubmission(job, fingerprint, { artifactSha256: artifact.sha256 });
    if (begun === undefined) return snooze(0);
    const answer = await cluster.submit(begun, uploaded);
    const { version } = (await engine.jobs.recordAnswer(begun, answer)) ?? begun;
    switch (answer.kind) {
      case 'accepted':
      case 'duplicate':
      case 'refused':
        return look(job, done);
      case 'notSubmitted':
        return snooze(AGAIN_MS, version);
      case 'pending':
      case 'inDoubt':
        return look(job, snooze(untilDueMs(begun, begun.modifiedAt), version));
    }
  };

  return {
    async prepare({ job }) {
      const artifact = await targets.fetchArtifact(job);
      return { kind: 'ready', submit: (row, cluster) => submit(row, cluster, artifact) };
    },
    // Flink answers a submission itself, or nobody does.
    ask: () => Promise.resolve(undefined),
  };
}
