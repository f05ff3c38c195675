import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

/** How much an App may do with one kind of thing. */
export type Access = 'read' | 'write' | 'admin';

/**
 * What registers the App: the keys of `app.yml`, as GitHub names them.
 *
 * https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest#github-app-manifest-parameters
 */
export interface AppManifest {
  readonly name: string;
  readonly description: string;
  readonly url: string;
  readonly public: boolean;
  readonly hook_attributes: { readonly url: string; readonly active: boolean };
  readonly default_permissions: Readonly<Record<string, Access>>;
  readonly default_events: readonly string[];
  /** Where GitHub sends the browser back to with a code; no file can know it. */
  readonly redirect_url?: string;
}

/** Reads the `app.yml` that comes with this program: the one place that says which permissions and events the App needs. */
export async function readAppManifest(): Promise<AppManifest> {
  return parse(await readFile(new URL('../../app.yml', import.meta.url), 'utf8')) as AppManifest;
}
