const SMALL_INTEGER = /^(?:0|[1-9][0-9]{0,14})$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const FLOAT_AFTER_A_POINT = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;
const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const SIGN_INSIDE_BINARY = /^0b([-+])([01]+)$/;
const INFINITY = /^([-+]?)\.(?:inf|Inf|INF)$/;
const NOT_A_NUMBER = /^\.(?:nan|NaN|NAN)$/;
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/** The number that a plain scalar is to Go's YAML library: bigint for integers of up to 64 bits, number for the rest. */
export function numberOf(text: string): bigint | number | undefined {
  const first = text.charCodeAt(0);
  // Digits, `+`, `-` and `.`: hardly any text gets past this.
  if (!((first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e)) return undefined;
  if (SMALL_INTEGER.test(text)) return BigInt(text);
  if (NOT_A_NUMBER.test(text)) return NaN;
  const infinity = INFINITY.exec(text);
  if (infinity !== null) return infinity[1] === '-' ? -Infinity : Infinity;
  const digits = text.replaceAll('_', '');
  if (text.startsWith('.')) return FLOAT_AFTER_A_POINT.test(text) ? finite(digits) : undefined;
  return integerOf(digits) ?? (FLOAT.test(digits) ? finite(digits) : undefined);
}

/** A float as the key of a map: Go writes it with the precision of 32 bits. */
export function floatKey(value: number): string {
  const single = Math.fround(value);
  if (Number.isNaN(single)) return '.nan';
  if (!Number.isFinite(single)) return single < 0 ? '-.inf' : '.inf';
  if (single === 0) return Object.is(single, -0) ? '-0' : '0';
  const [mantissa = '', exponent = ''] = shortest(single).split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return plainNotation(mantissa, power);
  const size = String(Math.abs(power)).padStart(2, '0');
  return `${mantissa}e${power < 0 ? '-' : '+'}${size}`;
}

/** Text too large for 64 bits as a float stays text. */
function finite(digits: string): number | undefined {
  const number = Number(digits);
  return Number.isFinite(number) ? number : undefined;
}

function integerOf(digits: string): bigint | undefined {
  const parts = INTEGER.exec(digits);
  if (parts !== null) {
    const [, sign = '', hex, binary, octal, decimal] = parts;
    return inRange(sign, magnitudeOf(hex, binary, octal, decimal));
  }
  // A sign may stand between `0b` and the digits: an oddity of the library which costs nothing to share.
  const [, sign = '', bits = ''] = SIGN_INSIDE_BINARY.exec(digits) ?? [];
  return bits === '' ? undefined : inRange(sign, BigInt(`0b${bits}`));
}

function magnitudeOf(hex?: string, binary?: string, octal?: string, decimal?: string): bigint {
  if (hex !== undefined) return BigInt(`0x${hex}`);
  if (binary !== undefined) return BigInt(`0b${binary}`);
  return octal !== undefined ? BigInt(`0o${octal}`) : BigInt(decimal ?? '0');
}

/** 64 bits: signed where a sign is written, else unsigned. */
function inRange(sign: string, magnitude: bigint): bigint | undefined {
  if (sign === '-') return magnitude <= INT64_MAX + 1n ? -magnitude : undefined;
  return magnitude <= (sign === '+' ? INT64_MAX : UINT64_MAX) ? magnitude : undefined;
}

/** The fewest digits that give the same 32-bit float back, as `d.ddde±x`. */
function shortest(single: number): string {
  let text = '';
  for (let digits = 0; digits < 9; digits += 1) {
    text = single.toExponential(digits);
    if (Math.fround(Number(text)) === single) break;
  }
  return text;
}

function plainNotation(mantissa: string, power: number): string {
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replaceAll(/[-.]/g, '');
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, '0');
  const fraction = digits.slice(power + 1);
  return fraction === '' ? sign + whole : `${sign}${whole}.${fraction}`;
}
