import { flinkJobId } from '../domain/job.ts';
import type { FlinkClient } from '../flink/client.ts';
import { jarName } from '../flink/multipart.ts';
import { submissionAnswer, submissionBody } from '../flink/submission.ts';
import type { Cluster, FetchedArtifact } from '../ports/targets.ts';
import type { SubmitAnswer } from '../ports/submit-answer.ts';
import type { Views } from './views.ts';

/** At most `most` places among the submissions that are under way; each comes with the call that gives it back, once (`Cluster.submissionSlot`). */
export function slots(most: number): () => (() => void) | undefined {
  const taken = new Set<object>();
  return () => {
    if (taken.size >= most) return undefined;
    const slot = {};
    taken.add(slot);
    return () => void taken.delete(slot);
  };
}

/**
 * Puts artifacts on one cluster, each once: `GET /jars` is the cache, so a daemon that was restarted uploads nothing again. One upload at a time;
 * each looks when its turn has come, so many Jobs of one jar make one upload, and slow ones leave the cluster's budget to the reads.
 * Resolves with the jar's id on the cluster.
 */
export function jarUploads(client: FlinkClient): (artifact: FetchedArtifact) => Promise<string> {
  let last: Promise<unknown> = Promise.resolve();

  async function find(artifact: FetchedArtifact): Promise<string | undefined> {
    const copies = (await client.jars()).filter(({ name }) => name === jarName(artifact));
    return copies.toSorted((a, b) => b.uploaded - a.uploaded)[0]?.id;
  }

  return async (artifact) => {
    const there = await find(artifact);
    if (there !== undefined) return there;
    const turn = last.then(async () => (await find(artifact)) ?? (await client.uploadJar(artifact)));
    last = turn.catch(() => undefined);
    return turn;
  };
}

/**
 * Submits to one cluster (`Cluster.submit`). Where `run-application` is offered it is used with both ids ours: it answers 202 at once, main() runs
 * in the background, and the job it submits carries our id (measured on 2.3.0). There a missing entry class and some bad values are still refused at
 * once (500); main() that throws, values that its environment cannot parse, and "no job" end the application FAILED or FINISHED instead.
 */
export function submission(
  client: FlinkClient,
  endpoint: string,
  { offersApplications, forget }: Pick<Views, 'offersApplications' | 'forget'>,
): Cluster['submit'] {
  /**
   * A refusal is the truth only if the cluster does not know the id: main() may throw after it has submitted its job, and a job that could not be
   * initialised is there, FAILED. main() is over, so this look-up is the last word.
   */
  async function confirmed(id: string, refused: SubmitAnswer & { kind: 'refused' }): Promise<SubmitAnswer> {
    try {
      return (await client.jobStatus(id)) === undefined ? refused : { kind: 'accepted' };
    } catch (error) {
      return { kind: 'inDoubt', message: `${refused.message}; whether a job exists all the same could not be seen: ${messageOf(error)}` };
    }
  }

  return async (job, uploaded) => {
    const id = flinkJobId(job);
    let body: object;
    try {
      body = submissionBody(job);
    } catch (error) {
      return { kind: 'refused', message: messageOf(error) };
    }
    let asApplication: boolean;
    try {
      asApplication = await offersApplications();
    } catch (error) {
      return { kind: 'notSubmitted', message: messageOf(error) };
    }
    const delivery = await (asApplication ? client.runApplication(uploaded, { ...body, applicationId: id }) : client.run(uploaded, body));
    const answer = submissionAnswer(delivery, id);
    if (answer.kind === 'notSubmitted') forget();
    if (answer.kind !== 'refused') return answer;
    return confirmed(id, { ...answer, endpoint: `POST ${endpoint}jars/${uploaded}/${asApplication ? 'run-application' : 'run'}` });
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
