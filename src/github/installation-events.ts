import type { Probot } from 'probot';
import type { Log } from './log.js';
import type { Reconciler } from './reconciler.js';

const EVENTS = [
  'installation.created',
  'installation.unsuspend',
  'installation.new_permissions_accepted',
  'installation_repositories.added',
] as const;

/** Open pull requests of a repository that the App comes to see are judged without waiting for a push. */
export function registerInstallationEvents(probot: Pick<Probot, 'on'>, reconciler: Reconciler, log: Log): void {
  probot.on([...EVENTS], ({ name, payload }) => {
    log.info(`Took ${name}.${payload.action}.`);
    reconciler.lookRoundSoon(payload.installation.id);
  });
}
