import { describe } from 'mocha';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applicationsContract } from '../support/flink-contract/applications.ts';
import { jobsContract } from '../support/flink-contract/jobs.ts';
import { restoredContract, savepointsContract } from '../support/flink-contract/savepoints.ts';
import { submissionsContract } from '../support/flink-contract/submissions.ts';
import { contractWorld, type Subject, type Version } from '../support/flink-contract/world.ts';
import { flinkSimulator } from '../support/flink-simulator.ts';
import { privateFlink } from '../support/servers.ts';

/*
 * One list of calls and expectations for the simulator and for real Flink: what holds here holds in every test that uses the simulator, and a new
 * version of Flink is taken in by making this pass. The facts are those that `src/flink` builds on; errors are told by their exception class.
 */
const SUBJECTS: readonly [string, Version, (version: Version) => Promise<Subject>][] = [
  ['the simulator as 2.3.0', '2.3.0', simulated],
  ['the simulator as 1.20.0', '1.20.0', simulated],
  ['Flink 2.3.0', '2.3.0', real],
  ['Flink 1.20.0', '1.20.0', real],
];

for (const [name, version, start] of SUBJECTS) {
  describe(`The contract with Flink: ${name}`, function () {
    this.timeout(90_000);
    const world = contractWorld(version, () => start(version));
    submissionsContract(world);
    if (world.is23) applicationsContract(world);
    savepointsContract(world);
    if (start === real) restoredContract(world);
    jobsContract(world);
  });
}

async function simulated(version: Version): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), 'drey-test-flink-'));
  const flink = await flinkSimulator({ version, stateFolder: folder });
  for (const kind of ['checkpoints', 'savepoints']) await mkdir(join(folder, kind));
  const jarPath = join(folder, 'job.jar');
  await writeFile(jarPath, 'PK as good as a jar');
  return {
    url: flink.url,
    jarPath,
    stateFolder: folder,
    replaceJobManager() {
      flink.replaceJobManager();
      return Promise.resolve();
    },
    async stop() {
      await flink.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function real(version: Version): Promise<Subject> {
  const flink = await privateFlink({ version });
  return {
    url: flink.restUrl,
    jarPath: flink.jarPath,
    stateFolder: join(flink.folder, 'work'),
    async replaceJobManager() {
      await flink.jobManager().kill();
      await flink.restartJobManager();
    },
    stop: () => flink.stop(),
  };
}
