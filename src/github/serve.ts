import { once } from 'node:events';
import process from 'node:process';
import { readAppConfiguration } from './app-configuration.js';
import { startApp, type AppOptions } from './app.js';
import { createLog } from './log.js';

/**
 * Runs the App until SIGTERM or SIGINT, stops it in good order, and ends the process: requests to GitHub that wait to be
 * repeated would keep it for minutes. The log goes to standard error.
 *
 * @throws ConfigurationError when the environment does not describe a runnable App.
 */
export async function serve(options: AppOptions = {}): Promise<never> {
  const configuration = readAppConfiguration(process.env);
  const log = createLog(configuration.logLevel, (line) => process.stderr.write(line));
  const app = await startApp(configuration, log, options);
  const stopped = new AbortController();
  const signal = await Promise.race(
    ['SIGTERM', 'SIGINT'].map(async (name) => {
      await once(process, name, { signal: stopped.signal });
      return name;
    }),
  );
  stopped.abort();
  log.info({ signal }, 'Stopping.');
  await app.stop();
  log.info('Stopped.');
  process.exit();
}
