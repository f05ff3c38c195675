import { CONFIGURATION } from './configuration-schema.js';
import type { SettingSchema } from './setting-schema.js';
import { TEXT_FORMATS, type TextFormat } from './text-formats.js';

/** The configuration file as JSON Schema (draft 07, which editors' YAML servers read). Ends with a newline. */
export function renderConfigurationSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'urn:egress-scope:configuration',
    title: 'egress-scope',
    ...schemaOf(CONFIGURATION),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function schemaOf(setting: SettingSchema): object {
  const { whenAbsent } = setting;
  const description = whenAbsent === undefined ? setting.description : `${setting.description} Default: ${whenAbsent}.`;
  switch (setting.kind) {
    case 'text': {
      const format: TextFormat = TEXT_FORMATS[setting.format];
      const type = format.mayBeNumber ? ['string', 'number'] : 'string';
      return { description, type, pattern: format.pattern };
    }
    case 'boolean':
      return { description, type: 'boolean' };
    case 'choice':
      return { description, enum: setting.choices };
    case 'list':
      return { description, type: 'array', items: schemaOf(setting.item) };
    case 'object':
      return {
        description,
        type: 'object',
        additionalProperties: false,
        ...(setting.required === undefined ? {} : { required: setting.required }),
        properties: Object.fromEntries(
          Object.entries(setting.properties).map(([key, property]) => [key, schemaOf(property)]),
        ),
      };
  }
}
