/** What every node but an alias has. */
export interface NodeBase {
  /** Where the node's content starts, in UTF-16 units. */
  readonly start: number;
  readonly tag: string | null;
  readonly isAnchored: boolean;
}

export interface YamlScalar extends NodeBase {
  readonly kind: 'scalar';
  /** Where it ends; a block of text with the line breaks that follow it. */
  readonly end: number;
  readonly text: string;
  /** Neither quoted nor a block: only then may it be something else than text. */
  readonly isPlain: boolean;
  /** False for the empty value of a key or an item with nothing after it. */
  readonly isWritten: boolean;
}

export interface YamlMap extends NodeBase {
  readonly kind: 'map';
  readonly pairs: YamlPair[];
  /** The place behind the closing bracket; -1 where there is none, as in a block. */
  closedAt: number;
}

export interface YamlPair {
  readonly key: YamlNode;
  readonly value: YamlNode;
}

export interface YamlSequence extends NodeBase {
  readonly kind: 'sequence';
  readonly items: YamlNode[];
  /** As a map's. */
  closedAt: number;
}

export interface YamlAlias {
  readonly kind: 'alias';
  readonly start: number;
  readonly end: number;
  readonly name: string;
  readonly target: YamlNode;
}

export type YamlNode = YamlScalar | YamlMap | YamlSequence | YamlAlias;
