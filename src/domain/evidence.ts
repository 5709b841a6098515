import type { Evidence } from './job.ts';
import type { Observation } from './observation.ts';

/** What an observation shows, for the record of a Job that it moved. `at`: when the look began. Pure. */
export function evidenceOf(observation: Observation, at: Date): Evidence {
  switch (observation.kind) {
    case 'unreachable':
      return { answer: observation.message, at };
    case 'applicationRunning':
      return { answer: 'the application is running', at };
    case 'applicationEnded': {
      const { endpoint, status, cause } = observation;
      return { endpoint, answer: `the application is ${status}${cause === undefined ? '' : `: ${cause}`}, and there is no job`, at };
    }
    case 'notFound': {
      const { archived, endpoint, fingerprint } = observation;
      if (archived !== undefined) return { endpoint: archived.endpoint, answer: said(archived.word, archived.cause), at };
      return { endpoint, answer: 'the job is not known', at, fingerprint };
    }
    case 'found': {
      const { endpoint, word, cause, fingerprint } = observation;
      return { endpoint, answer: said(word, cause), at, fingerprint };
    }
  }
}

const said = (word: string, cause: string | undefined): string => (cause === undefined ? word : `${word}: ${cause}`);
