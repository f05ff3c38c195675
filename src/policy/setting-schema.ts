import type { TextFormatName } from './text-formats.js';

/** One setting of the configuration file, as data: the parser, the JSON Schema and the table of the documentation all come
 * from here. `description` is a sentence for whoever writes the file; `whenAbsent` says what holds without the setting. */
export type SettingSchema = { readonly description: string; readonly whenAbsent?: string } & (
  | { readonly kind: 'text'; readonly format: TextFormatName }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  /** `one` names an item in messages. */
  | { readonly kind: 'list'; readonly item: SettingSchema; readonly expected: string; readonly one: string }
  | ObjectSchema
);

export interface ObjectSchema {
  readonly kind: 'object';
  readonly description: string;
  readonly whenAbsent?: string;
  readonly properties: Readonly<Record<string, SettingSchema>>;
  readonly required?: readonly string[];
}

/** A list of texts of one format. */
export function listOf(format: TextFormatName, one: string, expected: string, description: string): SettingSchema {
  return {
    kind: 'list',
    item: { kind: 'text', format, description: `One of them: ${one}.` },
    expected,
    one,
    description,
  };
}
