import { renderPageText, renderTopicList } from '../../handbook/page-text.js';
import { findTopics, listTopics } from '../../handbook/topics.js';
import { closestName } from '../../kubernetes/closest-name.js';
import { EXIT_CODES, UsageError } from '../exit-codes.js';
import { textOptions, type Terminal } from '../terminal.js';

/** `egress-scope why [NAME]`: what a report's word means, or which words there are.
 *
 * @throws UsageError for a name that has no page. */
export function why(name: string | undefined, terminal: Terminal): number {
  const layout = textOptions(terminal);
  if (name === undefined) {
    terminal.writeOut(renderTopicList(listTopics(), layout));
    return EXIT_CODES.pass;
  }
  const topics = findTopics(name);
  if (topics.length === 0) {
    const meant = closestName(
      name,
      listTopics().map((topic) => topic.name),
    );
    throw new UsageError(`there is no page about ${name}${meant === null ? '' : `; did you mean ${meant}?`}`);
  }
  terminal.writeOut(topics.map((topic) => renderPageText(topic, layout)).join('\n'));
  return EXIT_CODES.pass;
}
