import { join } from 'node:path';
import { fetchRenderers, PACKAGES } from '../deploy/fetch-renderers.js';

const CACHE = join(import.meta.dirname, '..', 'node_modules', '.cache', 'egress-scope');

/**
 * Gives the tests a real kustomize and a real Helm by `KUSTOMIZE_BIN` and `HELM_BIN`, and the versions before by
 * `PREVIOUS_KUSTOMIZE_BIN` and `PREVIOUS_HELM_BIN`. They are fetched once. Whoever names their own keeps them.
 */
export async function setup(): Promise<void> {
  if (process.env['KUSTOMIZE_BIN'] && process.env['HELM_BIN']) return;
  try {
    const folderOf = (release: keyof typeof PACKAGES): string =>
      join(CACHE, PACKAGES[release].name.replaceAll(/\W+/g, '-'));
    const current = await fetchRenderers(folderOf('current'), 'current');
    const previous = await fetchRenderers(folderOf('previous'), 'previous');
    process.env['KUSTOMIZE_BIN'] = current.kubectl;
    process.env['HELM_BIN'] = current.helm;
    process.env['PREVIOUS_KUSTOMIZE_BIN'] = previous.kubectl;
    process.env['PREVIOUS_HELM_BIN'] = previous.helm;
  } catch (error) {
    console.warn(`The tests that render will fail, for want of tools: ${String(error)}`);
  }
}
