import { flinkJobId } from '../domain/job.ts';
import type { FlinkClient } from '../flink/client.ts';
import { submissionAnswer, submissionBody } from '../flink/submission.ts';
import type { Cluster, SubmitAnswer } from '../ports.ts';
import type { Views } from './views.ts';

/**
 * Submits to one cluster (`Cluster.submit`). Where `run-application` is offered it is used with both ids ours: it answers 202 at once, main() runs
 * in the background, and the job it submits carries our id (measured on 2.3.0). There a missing entry class and some bad values are still refused at
 * once (500); main() that throws, values that its environment cannot parse, and "no job" end the application FAILED or FINISHED instead.
 */
export function submission(
  client: FlinkClient,
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
    return answer.kind === 'refused' ? confirmed(id, answer) : answer;
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
