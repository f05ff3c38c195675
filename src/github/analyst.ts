import type { CheckResult } from './check-run.js';
import { explainCall, type CallQuestion } from './explain-call.js';
import type { GitHubClient } from './github-client.js';
import { answerGroup, type GroupQuestion } from './judged-group.js';
import { answerPull, type JudgeServices, type PullAnswer, type PullCase } from './judged-pull.js';

/** What is worked out of manifests, which takes a processor. Every question can be sent to another thread. */
export interface Questions {
  readonly pull: PullCase;
  readonly group: GroupQuestion;
  readonly call: CallQuestion;
}

export interface Answers {
  readonly pull: PullAnswer;
  readonly group: CheckResult;
  /** Markdown. */
  readonly call: string;
}

export type AnswerKind = keyof Questions;

/** Whoever works out answers: this thread, or others. */
export interface Analyst {
  /** @throws CannotJudge, and Octokit's errors as they come. */
  readonly ask: <Kind extends AnswerKind>(
    kind: Kind,
    client: GitHubClient,
    question: Questions[Kind],
    signal: AbortSignal,
  ) => Promise<Answers[Kind]>;
}

const WORK: {
  readonly [Kind in AnswerKind]: (
    client: GitHubClient,
    question: Questions[Kind],
    services: JudgeServices,
    signal: AbortSignal,
  ) => Promise<Answers[Kind]>;
} = { pull: answerPull, group: answerGroup, call: explainCall };

/** Works out answers in this thread. */
export function analystHere(services: JudgeServices): Analyst {
  return { ask: (kind, client, question, signal) => WORK[kind](client, question, services, signal) };
}
