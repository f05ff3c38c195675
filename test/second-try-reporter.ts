import type { Reporter, TestCase } from 'vitest/node';

/** Names the tests that failed at first and passed when they were run again: none of them is to be taken for right. */
export class SecondTryReporter implements Reporter {
  readonly #names: string[] = [];

  onTestCaseResult(test: TestCase): void {
    if (test.diagnostic()?.flaky === true) this.#names.push(`${test.module.relativeModuleId} > ${test.fullName}`);
  }

  onTestRunEnd(): void {
    for (const name of this.#names) console.log(`passed at the second try only: ${name}`);
  }
}
