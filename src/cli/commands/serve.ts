import { resolve } from 'node:path';
import type { Terminal } from '../terminal.js';

export interface ServeOptions {
  /** The file to write, or true for the usual one. */
  readonly setup?: string | true;
}

const ENV_FILE = 'egress-scope.env';

/** `egress-scope serve`: runs the App until a signal ends it; with `--setup`, registers it and ends.
 *
 * @throws ConfigurationError when the environment does not describe a runnable App. */
export async function serve({ setup }: ServeOptions, terminal: Terminal): Promise<number> {
  if (setup === undefined) {
    const app = await import('../../github/serve.js');
    await app.serve();
    return 0;
  }
  const { readSetupConfiguration } = await import('../../github/app-configuration.js');
  const configuration = readSetupConfiguration(terminal.environment);
  const { setUpApp } = await import('../../github/setup.js');
  const envFile = resolve(terminal.workingDirectory, setup === true ? ENV_FILE : setup);
  await setUpApp({ configuration, envFile, say: terminal.writeErr });
  return 0;
}
