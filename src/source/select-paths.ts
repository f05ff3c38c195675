import picomatch from 'picomatch';

/** A test for paths: one of the globs matches the path, or a folder above it. No glob lets everything through. */
export function createPathFilter(globs: readonly string[]): (path: string) => boolean {
  if (globs.length === 0) return () => true;
  const patterns = globs
    .map((glob) => glob.replace(/^\.\//, '').replace(/\/+$/, ''))
    .flatMap((glob) => [glob, `${glob}/**`]);
  const isMatch = picomatch(patterns, { dot: true });
  return (path) => isMatch(path);
}
