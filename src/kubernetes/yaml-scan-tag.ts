import { isBlankOrEnd, isWord, unitAt, type Cursor } from './yaml-cursor.js';
import { syntaxRefusal } from './yaml-problem.js';

/** The tags that YAML itself defines start with this; a document writes it `!!`. */
export const YAML_TAG = 'tag:yaml.org,2002:';

const URI = /(?:[\w;/?:@&=+$,.!~*'()[\]-]|%[0-9a-fA-F]{2})*/y;

/** Reads a tag and spells it out: `!!int` as `tag:yaml.org,2002:int`, `!<x>` as `x`, `!x` as it is. */
export function scanTag(cursor: Cursor): string {
  const start = cursor.at;
  const tag = cursor.text.charAt(start + 1) === '<' ? scanVerbatim(cursor) : scanShorthand(cursor);
  if (!isBlankOrEnd(unitAt(cursor, cursor.at))) throw syntaxRefusal('A tag must be followed by a blank', start);
  return tag;
}

function scanVerbatim(cursor: Cursor): string {
  const start = cursor.at;
  const uri = takeUri(cursor, start + 2);
  if (uri === '' || cursor.text.charAt(cursor.at) !== '>') {
    throw syntaxRefusal('A tag that starts with `!<` must end with `>`', start);
  }
  cursor.at += 1;
  return uri;
}

function scanShorthand(cursor: Cursor): string {
  const start = cursor.at;
  let end = start + 1;
  while (isWord(unitAt(cursor, end))) end += 1;
  if (cursor.text.charAt(end) !== '!') return `!${takeUri(cursor, start + 1)}`;
  const handle = cursor.text.slice(start, end + 1);
  const suffix = takeUri(cursor, end + 1);
  if (suffix === '') throw syntaxRefusal('A tag has no name', start);
  if (handle !== '!!') throw syntaxRefusal(`The tag handle \`${handle}\` is not defined`, start);
  return YAML_TAG + suffix;
}

function takeUri(cursor: Cursor, from: number): string {
  URI.lastIndex = from;
  const uri = URI.exec(cursor.text)?.[0] ?? '';
  cursor.at = from + uri.length;
  return uri.includes('%') ? decodeEscapes(uri, from) : uri;
}

function decodeEscapes(uri: string, from: number): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    throw syntaxRefusal('A tag holds an escape that is not UTF-8', from);
  }
}
