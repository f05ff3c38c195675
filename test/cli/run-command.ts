import { runCli } from '../../src/cli/run-cli.js';
import type { Terminal } from '../../src/cli/terminal.js';

export interface Answer {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** The command line with an empty environment and standard input, and no terminal, unless told otherwise. */
export async function runCommand(
  args: readonly string[],
  over: Partial<Terminal> & Pick<Terminal, 'workingDirectory'>,
): Promise<Answer> {
  let out = '';
  let err = '';
  const exitCode = await runCli(args, '0.0.0', {
    writeOut: (text) => (out += text),
    writeParts: (parts) => {
      for (const part of parts) out += part;
      return Promise.resolve();
    },
    writeErr: (text) => (err += text),
    readInput: () => Promise.resolve(Buffer.from('')),
    environment: {},
    outIsTerminal: false,
    errIsTerminal: false,
    columns: undefined,
    ...over,
  });
  return { exitCode, out, err };
}
