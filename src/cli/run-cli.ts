import { CommanderError } from 'commander';
import { SourceError } from '../source/source-files.js';
import { buildProgram } from './build-program.js';
import { EXIT_INTERNAL, EXIT_USAGE, UsageError } from './exit-codes.js';
import type { Terminal } from './terminal.js';

/** Runs one command line to its exit code. Never throws.
 *
 * @param args without the program's name. */
export async function runCli(args: readonly string[], version: string, terminal: Terminal): Promise<number> {
  let exitCode = 0;
  const program = buildProgram(version, terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return exitCodeOf(error, terminal);
  }
}

function exitCodeOf(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof UsageError || error instanceof SourceError || isConfigurationError(error)) {
    terminal.writeErr(`error: ${error.message}\n`);
    return EXIT_USAGE;
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.writeErr(`internal error, please report it:\n${trace}\n`);
  return EXIT_INTERNAL;
}

/** The App's own error for an environment that does not fit; its class is not loaded unless the App is. */
function isConfigurationError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ConfigurationError';
}
