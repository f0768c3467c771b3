/** Floats as Erlang's `float_to_list(F, [short])` and Elixir's `inspect/2` print them. */

export function inspectFloat(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 1 && magnitude < 1e16 && Number.isInteger(value)) return `${value.toFixed(0)}.0`;
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  if (magnitude === 0) return `${sign}0.0`;
  // The fewest digits that read back as the same double, in both languages.
  const [mantissa, exponent] = magnitude.toExponential().split("e");
  const digits = mantissa!.replace(".", "");
  return sign + place(digits, Number(exponent) + 1, magnitude);
}

/** Puts the point behind the first `point` of `digits`, or takes an exponent where that is shorter. */
function place(digits: string, point: number, magnitude: number): string {
  const length = digits.length;
  if (point > 0 && point < length) return `${digits.slice(0, point)}.${digits.slice(point)}`;
  if (point === 0) return `0.${digits}`;
  const scientific = `${digits[0]}.${digits.slice(1) || "0"}e${point - 1}`;
  const plain = point < 0 ? `0.${"0".repeat(-point)}${digits}` : `${digits}${"0".repeat(point - length)}.0`;
  // Beyond 2^53 the digits of the plain form would say more than the double knows.
  return plain.length <= scientific.length && magnitude < 2 ** 53 ? plain : scientific;
}
