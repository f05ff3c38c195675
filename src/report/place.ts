import type { Origin } from '../diagnostic/diagnostic.js';

/** A place of the input; without a line where it is a file. */
export type Place = Pick<Origin, 'path' | 'isExact'> & { readonly line: number | null };

/** The line that a reader may be told; null where nothing nearer than the file is known. */
export function knownLine({ line, isExact }: Place): number | null {
  return isExact === false && line === 1 ? null : line;
}

/** Whether the place is a line that is near what is meant, and no more. */
function isNear(place: Place): boolean {
  return place.isExact === false && knownLine(place) !== null;
}

/** `path:line`, or the path where no line is known.
 *
 * @param path as the reader can open it. */
export function placeName(place: Place, path = place.path): string {
  const line = knownLine(place);
  return line === null ? path : `${path}:${line}`;
}

/** What stands before a place: `in a.yaml:3`, `near a.yaml:3`, `in a.yaml`. */
export function placePreposition(place: Place): 'in' | 'near' {
  return isNear(place) ? 'near' : 'in';
}

/** What stands before a place that is named alone. */
export function nearly(place: Place): '' | 'near ' {
  return isNear(place) ? 'near ' : '';
}

/** A sentence for whoever is shown a line: what it is worth. Empty where it is exact. */
export function placeCaution(place: Place): string {
  if (place.isExact !== false) return '';
  return isNear(place)
    ? 'The line is near what is meant: its exact place could not be found in what it was rendered from.'
    : 'The file is what is known: the line could not be found in what it was rendered from.';
}

/** A place as every JSON form has it: `exact` stands there only where it is false. */
export function placeJson(place: Place): object {
  return { path: place.path, line: knownLine(place), ...(place.isExact === false ? { exact: false } : {}) };
}
