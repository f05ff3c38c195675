import type { JsonValue } from '../../kubernetes/manifest.js';

/** The way from an object's body to a value in it. */
export type Path = readonly (string | number)[];

/** One thing that a check has to say about the value at `path`. */
export interface Finding {
  readonly message: string;
  readonly path: Path;
}

/**
 * What a check found. Istio collects errors in lists whose text depends on how they were collected: a lone error is
 * written as it is, a list (even one of a single error) is counted and bulleted.
 */
export interface Outcome {
  readonly errors: readonly Finding[];
  readonly listed: boolean;
  readonly warnings: readonly Finding[];
}

export const FINE: Outcome = { errors: [], listed: false, warnings: [] };

export function refuse(message: string, ...path: Path): Outcome {
  return { errors: [{ message, path }], listed: false, warnings: [] };
}

export function warn(message: string, ...path: Path): Outcome {
  return { errors: [], listed: false, warnings: [{ message, path }] };
}

/** Refuses unless `condition` holds. */
export function require(condition: boolean, message: string, ...path: Path): Outcome {
  return condition ? FINE : refuse(message, ...path);
}

/** Istio: agent.AppendValidation, agent.AppendErrors. Two or more with errors make a list. */
export function join(...outcomes: readonly Outcome[]): Outcome {
  return joinAll(outcomes);
}

/** As `join`, for outcomes of which there may be very many. */
export function joinAll(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.every(isFine)) return FINE;
  const failed = outcomes.filter((outcome) => outcome.errors.length > 0);
  return {
    errors: failed.flatMap((outcome) => outcome.errors),
    listed: failed.length > 1 || failed[0]?.listed === true,
    warnings: outcomes.flatMap((outcome) => outcome.warnings),
  };
}

function isFine({ errors, warnings }: Outcome): boolean {
  return errors.length === 0 && warnings.length === 0;
}

/** As a list even where it is one error alone. Go: multierror.Append */
export function listed(outcome: Outcome): Outcome {
  return { ...outcome, listed: outcome.errors.length > 0 };
}

/** The same outcome, seen from further out: `path` leads to the value that was checked. */
export function at(path: Path, outcome: Outcome): Outcome {
  if (isFine(outcome)) return outcome;
  const outer = (finding: Finding): Finding => ({ ...finding, path: [...path, ...finding.path] });
  return { ...outcome, errors: outcome.errors.map(outer), warnings: outcome.warnings.map(outer) };
}

/** The outcomes of all items, each placed under its index. */
export function each<T extends JsonValue>(items: readonly T[], check: (item: T, index: number) => Outcome): Outcome {
  return joinAll(items.map((item, index) => at([index], check(item, index))));
}

/** The outcomes of all entries of a map, in the order of their keys, each placed under its key. */
export function eachEntry<T>(map: Readonly<Record<string, T>>, check: (key: string, value: T) => Outcome): Outcome {
  const keys = Object.keys(map).sort();
  return joinAll(keys.map((key) => at([key], check(key, map[key]!))));
}

/** The errors as warnings. */
export function asWarnings(outcome: Outcome): Outcome {
  return { errors: [], listed: false, warnings: [...outcome.errors, ...outcome.warnings] };
}

/** The errors' text; empty where there are none. Go: multierror.ListFormatFunc */
export function renderErrors({ errors, listed: isList }: Outcome): string {
  if (!isList) return errors.map((error) => error.message).join('\n');
  const count = errors.length === 1 ? '1 error' : `${errors.length} errors`;
  return `${count} occurred:\n\t${errors.map((error) => `* ${error.message}`).join('\n\t')}\n\n`;
}

/** `spec.egress[0].hosts` */
export function renderPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}
