import { after, before } from 'mocha';
import { client, flinkJobs, type Client } from './client.ts';
import { daemonWorld, type DaemonWorld } from './daemon.ts';
import { privateFlink, type PrivateFlink, type PrivateFlinkOptions } from './servers.ts';

/**
 * A Flink and a daemon that knows it as the target `session`, for the suite that calls this: started before its tests, with these
 * settings, and ended after them, also where only one of the two could be started.
 */
export function flinkWorld(options: PrivateFlinkOptions, settings: Readonly<Record<string, string>> = {}) {
  let starting: readonly [Promise<PrivateFlink>, Promise<DaemonWorld>];
  let flink: PrivateFlink;
  let daemon: DaemonWorld;
  let api: Client;
  before(async () => {
    starting = [privateFlink(options), daemonWorld()];
    [flink, daemon] = await Promise.all(starting);
    await daemon.start(settings);
    api = client(daemon.apiUrl);
    await api.declareTarget('session', flink.restUrl, options.withGateway === true ? { sqlGatewayUrl: flink.gatewayUrl } : {});
  });
  after(async () => {
    const [aFlink, aDaemon] = await Promise.allSettled(starting);
    if (aDaemon.status === 'fulfilled') await aDaemon.value.stop();
    if (aFlink.status === 'fulfilled') await aFlink.value.stop();
  });
  return {
    get flink() {
      return flink;
    },
    get daemon() {
      return daemon;
    },
    get api() {
      return api;
    },
    /** Creates a Deployment of the job that counts. */
    run: (name: string, mainArgs: string, more: Partial<Parameters<Client['create']>[1]> = {}) =>
      api.create(name, { target: 'session', jarUri: `file:${flink.jarPath}`, mainArgs, ...more }),
    /** What Flink says of the job with this id. */
    flinkState: async (id: string): Promise<string | undefined> => (await flinkJobs(flink.restUrl)).find(({ jid }) => jid === id)?.state,
  };
}
