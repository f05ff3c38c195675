import type { Finding } from '../../github/doctor.js';
import { visibleText } from '../../report/visible-text.js';
import { withProgress, type Terminal } from '../terminal.js';

/** `egress-scope doctor`: 0 where the App can work, 1 with what is in its way.
 *
 * @throws ConfigurationError when the environment does not describe an App. */
export async function doctor(terminal: Terminal): Promise<number> {
  const { readAppConfiguration } = await import('../../github/app-configuration.js');
  const configuration = readAppConfiguration(terminal.environment);
  const { examineApp } = await import('../../github/doctor.js');
  const findings = await withProgress(terminal, 'asking GitHub', () => examineApp(configuration));
  terminal.writeOut(findings.map(describe).join(''));
  const wrong = findings.filter(({ state }) => state === 'wrong').length;
  terminal.writeOut(wrong === 0 ? 'All is right.\n' : `${wrong} to mend.\n`);
  return wrong === 0 ? 0 : 1;
}

const INDENT = ' '.repeat('wrong  reachability   '.length);

function describe({ check, state, text, mend }: Finding): string {
  const line = `${state.padEnd(5)}  ${check.padEnd(13)}  ${visibleText(text)}\n`;
  return mend === null ? line : `${line}${INDENT}→ ${visibleText(mend)}\n`;
}
