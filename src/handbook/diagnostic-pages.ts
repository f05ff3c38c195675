import type { DiagnosticCode } from '../diagnostic/catalogue.js';
import { EFFECT_PAGES } from './effect-pages.js';
import { MANIFEST_PAGES } from './manifest-pages.js';
import { MESH_PAGES } from './mesh-pages.js';
import type { Page } from './page.js';
import { SOURCE_PAGES } from './source-pages.js';

/** A page for each code of the catalogue, which has the sentences that reports show. */
export const DIAGNOSTIC_PAGES: Readonly<Record<DiagnosticCode, Page>> = {
  ...MANIFEST_PAGES,
  ...MESH_PAGES,
  ...EFFECT_PAGES,
  ...SOURCE_PAGES,
};
