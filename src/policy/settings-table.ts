import { CONFIGURATION } from './configuration-schema.js';
import type { SettingSchema } from './setting-schema.js';
import { TEXT_FORMATS } from './text-formats.js';

/** Every setting as a row of a Markdown table: name, what it takes, what holds without it, what it means. Ends with a newline. */
export function renderSettingsTable(): string {
  const rows = Object.entries(CONFIGURATION.properties).flatMap(([key, setting]) => rowsOf(key, setting));
  return `${['| setting | value | default | meaning |', '|---|---|---|---|', ...rows].join('\n')}\n`;
}

function rowsOf(name: string, setting: SettingSchema): readonly string[] {
  const row = `| \`${name}\` | ${valueOf(setting)} | ${setting.whenAbsent ?? ''} | ${setting.description} |`;
  if (setting.kind === 'object') return [row, ...below(name, setting.properties)];
  if (setting.kind === 'list' && setting.item.kind === 'object')
    return [row, ...below(`${name}[]`, setting.item.properties)];
  return [row];
}

function below(name: string, properties: Readonly<Record<string, SettingSchema>>): readonly string[] {
  return Object.entries(properties).flatMap(([key, setting]) => rowsOf(`${name}.${key}`, setting));
}

function valueOf(setting: SettingSchema): string {
  switch (setting.kind) {
    case 'text':
      return TEXT_FORMATS[setting.format].expected;
    case 'boolean':
      return '`true`, `false`';
    case 'choice':
      return setting.choices.map((choice) => `\`${choice}\``).join(', ');
    case 'list':
      return setting.expected;
    case 'object':
      return 'a mapping';
  }
}
